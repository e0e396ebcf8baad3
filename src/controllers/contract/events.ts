import type { KubeObject } from '../../../api/meta.js'

/** Where a controller tells people what it did; the event recorder of `src/kube` is one. */
export interface EventSink {
  normal(object: KubeObject, reason: string, message: string): void
  warning(object: KubeObject, reason: string, message: string): void
}
