import type { KubeObject } from '../../api/meta.js'
import type { KudProfileSpec } from '../../api/kud/kud-profile.js'
import { managedByUs } from './labels.js'
import type { KataRow } from './matrix.js'

/** node.k8s.io/v1 RuntimeClass, as far as katametal writes it. */
export interface RuntimeClass extends KubeObject {
  handler: string
  overhead: { podFixed: { memory: string; cpu: string } }
  scheduling?: { nodeSelector: Record<string, string> }
}

type ClassSpec = KudProfileSpec['runtimeClasses'][number]

/** The RuntimeClasses of a profile; the overhead is that of the Kata release where the profile names none. */
export const runtimeClasses = (classes: readonly ClassSpec[], kata: KataRow): RuntimeClass[] =>
  classes.map(given => ({
    ...bare(given.name, given, kata),
    scheduling: { nodeSelector: { ...given.nodeSelector } },
  }))

/**
 * What pods that prove a Node run in: the same handler and overhead, but no node selector, since the Node gets the
 * label that it selects only once it is proven, and kubelet refuses pods whose selector does not fit.
 */
export const proofClasses = (classes: readonly ClassSpec[], kata: KataRow): RuntimeClass[] =>
  classes.map(given => bare(proofClassName(given.name), given, kata))

export const proofClassName = (name: string): string => `${name.slice(0, 50)}-proof`

/** podFixed of a class. */
export const overheadOf = ({ handler, overhead }: ClassSpec, kata: KataRow): { memory: string; cpu: string } => ({
  ...(overhead ?? kata.overhead[handler]),
})

const bare = (name: string, given: ClassSpec, kata: KataRow): RuntimeClass => ({
  apiVersion: 'node.k8s.io/v1',
  kind: 'RuntimeClass',
  metadata: { name, labels: { ...managedByUs } },
  handler: given.handler,
  overhead: { podFixed: overheadOf(given, kata) },
})
