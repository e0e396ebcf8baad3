import { describe, expect, it } from 'vitest'
import { sumOf } from './manager-process.js'

const metrics = `# HELP rest_client_requests_total Requests to the API server, by status code.
# TYPE rest_client_requests_total counter
rest_client_requests_total{code="200",method="GET",host="127.0.0.1:1"} 12
rest_client_requests_total{code="201",method="POST",host="127.0.0.1:1"} 30
rest_client_requests_total_other 500
process_cpu_seconds_total 1.5
`

describe('a metric in the text of Prometheus', () => {
  it('is summed over its label sets', () => {
    expect(sumOf(metrics, 'rest_client_requests_total')).toBe(42)
  })

  it('is read without labels, and is 0 when it is not there', () => {
    expect(sumOf(metrics, 'process_cpu_seconds_total')).toBe(1.5)
    expect(sumOf(metrics, 'process_cpu')).toBe(0)
  })
})
