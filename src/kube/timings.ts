/** How patient an informer is; milliseconds. The defaults suit kube-apiserver, which sends a bookmark each minute. */
export interface InformerTimings {
  /** The server is asked to end each watch after a time drawn between these two. */
  readonly watchMs: readonly [number, number]
  /** A watch that outlives its time by this much is broken off. */
  readonly overtimeMs: number
  /** A watch without any event or bookmark for this long is taken for dead. */
  readonly silenceMs: number
  /** A watch that ends sooner without having told anything counts as a failure. */
  readonly shortMs: number
  /** The list is read again this often, give or take a tenth, to find out whether a watch lost something. */
  readonly auditMs: number
  /** How long a watch may lag behind a list before a difference counts as lost. */
  readonly lagMs: number
  /** Pauses after failures. */
  readonly backoff: { readonly baseMs: number; readonly maxMs: number }
}

export const defaultTimings: InformerTimings = {
  watchMs: [290_000, 590_000],
  overtimeMs: 30_000,
  silenceMs: 180_000,
  shortMs: 1_000,
  auditMs: 600_000,
  lagMs: 10_000,
  backoff: { baseMs: 100, maxMs: 30_000 },
}
