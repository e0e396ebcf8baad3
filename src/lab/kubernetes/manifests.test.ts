import { describe, expect, it } from 'vitest'
import { parseManifests, withLocalWebhooks } from './manifests.js'

const server = { port: 9443, ca: 'PEM' }

describe('manifests', () => {
  it('are all documents of a text but the empty ones', () => {
    expect(parseManifests('---\nkind: A\n---\n---\nkind: B\n')).toEqual([{ kind: 'A' }, { kind: 'B' }])
  })
})

describe('webhook addresses', () => {
  it('become loopback URLs with their path, in admission and in conversion', () => {
    const clientConfig = { service: { name: 'webhook', namespace: 'capi-system', path: '/validate' } }
    const local = { caBundle: Buffer.from('PEM').toString('base64'), url: 'https://127.0.0.1:9443/validate' }
    expect(withLocalWebhooks({ webhooks: [{ name: 'a', clientConfig }] }, server)).toEqual({
      webhooks: [{ name: 'a', clientConfig: local }],
    })
    expect(withLocalWebhooks({ spec: { conversion: { webhook: { clientConfig } } } }, server)).toEqual({
      spec: { conversion: { webhook: { clientConfig: local } } },
    })
  })

  it('that are URLs already stay, and so does everything else', () => {
    const object = {
      metadata: { labels: {} },
      list: [1, null, 'x'],
      webhooks: [{ clientConfig: { url: 'https://a' } }],
    }
    expect(withLocalWebhooks(object, server)).toEqual(object)
  })
})
