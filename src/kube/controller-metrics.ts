import type { Metrics } from '../base/metrics.js'

/** How a reconcile ended, in controller-runtime's words. */
export type ReconcileOutcome = 'success' | 'error' | 'requeue' | 'requeue_after'

/** What a controller counts about itself. */
export interface ControllerCounts {
  started(): void
  ended(tookMs: number): void
  outcome(outcome: ReconcileOutcome): void
  failed(terminal: boolean): void
}

const nothing = () => undefined
const noCounts: ControllerCounts = { started: nothing, ended: nothing, outcome: nothing, failed: nothing }

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

/** The instruments of controller-runtime, under its names. */
export const controllerMetrics = (
  metrics: Metrics | undefined,
  controller: string,
  concurrency: number,
): ControllerCounts => {
  if (metrics === undefined) return noCounts
  const labels = { controller }
  const total = metrics.counter('controller_runtime_reconcile_total', 'Reconciles, by how they ended.', [
    'controller',
    'result',
  ])
  const errors = metrics.counter('controller_runtime_reconcile_errors_total', 'Reconciles that failed.', ['controller'])
  const terminal = metrics.counter(
    'controller_runtime_terminal_reconcile_errors_total',
    'Reconciles that failed and wait for a change.',
    ['controller'],
  )
  const time = metrics.histogram(
    'controller_runtime_reconcile_time_seconds',
    'How long reconciles took.',
    ['controller'],
    buckets,
  )
  const active = metrics.gauge('controller_runtime_active_workers', 'Reconciles under way.', ['controller'])
  metrics
    .gauge('controller_runtime_max_concurrent_reconciles', 'Reconciles that may be under way at once.', ['controller'])
    .set(labels, concurrency)
  for (const result of ['success', 'error', 'requeue', 'requeue_after']) total.inc({ controller, result }, 0)
  active.set(labels, 0)
  errors.inc(labels, 0)
  return {
    started: () => active.inc(labels),
    ended: tookMs => {
      active.dec(labels)
      time.observe(labels, tookMs / 1000)
    },
    outcome: result => total.inc({ controller, result }),
    failed: isTerminal => {
      errors.inc(labels)
      if (isTerminal) terminal.inc(labels)
    },
  }
}
