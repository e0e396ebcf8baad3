import type { Metrics } from '../base/metrics.js'

/** What a queue counts about itself; durations in milliseconds. */
export interface QueueCounts {
  depth(count: number): void
  added(): void
  retried(): void
  /** A key was handed out after it stood in the queue for this long. */
  taken(waitedMs: number): void
  worked(tookMs: number): void
}

const nothing = () => undefined

export const noCounts: QueueCounts = {
  depth: nothing,
  added: nothing,
  retried: nothing,
  taken: nothing,
  worked: nothing,
}

/** Seconds, ten to a step as in client-go's workqueue metrics, with the halves that matter here. */
const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 50, 100, 500, 1000]

/** The instruments of client-go's workqueue, under its names. */
export const queueMetrics = (metrics: Metrics | undefined, name: string): QueueCounts => {
  if (metrics === undefined) return noCounts
  const labels = { name }
  const depth = metrics.gauge('workqueue_depth', 'Keys that wait for a worker.', ['name'])
  const adds = metrics.counter('workqueue_adds_total', 'Keys added.', ['name'])
  const retries = metrics.counter('workqueue_retries_total', 'Keys added again with a pause after a failure.', ['name'])
  const waited = metrics.histogram(
    'workqueue_queue_duration_seconds',
    'How long keys waited for a worker.',
    ['name'],
    buckets,
  )
  const took = metrics.histogram('workqueue_work_duration_seconds', 'How long work on a key took.', ['name'], buckets)
  depth.set(labels, 0)
  return {
    depth: count => depth.set(labels, count),
    added: () => adds.inc(labels),
    retried: () => retries.inc(labels),
    taken: waitedMs => waited.observe(labels, waitedMs / 1000),
    worked: tookMs => took.observe(labels, tookMs / 1000),
  }
}
