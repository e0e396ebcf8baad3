import type { Cluster } from '../../../api/cluster-api.js'
import { capiAnnotations } from '../../../api/infrastructure/group.js'
import type { KubeObject } from '../../../api/meta.js'

/** Paused by the Cluster, or by the annotation on the object itself (any value). */
export const isPaused = (object: KubeObject, cluster: Cluster | undefined): boolean =>
  cluster?.spec?.paused === true || Object.hasOwn(object.metadata.annotations ?? {}, capiAnnotations.paused)

/** What the condition `Paused` shall say, and why. */
export const pausedCondition = (object: KubeObject, cluster: Cluster | undefined) => {
  if (!isPaused(object, cluster))
    return { type: 'Paused', status: 'False', reason: 'NotPaused', message: 'The object is reconciled.' } as const
  const message =
    cluster?.spec?.paused === true
      ? `Cluster ${cluster.metadata.name} has spec.paused.`
      : `Annotation ${capiAnnotations.paused} is set.`
  return { type: 'Paused', status: 'True', reason: 'Paused', message } as const
}
