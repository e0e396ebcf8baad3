import { isDeepStrictEqual } from 'node:util'
import { clusterApiGroup, clusterApiVersion } from '../../../api/cluster-api.js'
import type { KubeObject, OwnerReference } from '../../../api/meta.js'
import { clusterNameLabel } from '../../../api/metal/group.js'
import { isKatametalError } from '../../base/errors.js'
import type { ResourceClient } from '../../kube/types.js'

/** The ownerReference that core puts on objects of an infrastructure provider. */
export const ownerReferenceTo = (owner: KubeObject, controller: boolean): OwnerReference => ({
  apiVersion: `${clusterApiGroup}/${clusterApiVersion}`,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid ?? '',
  controller,
  blockOwnerDeletion: true,
})

/** Makes `object` owned and labelled for the cluster; true when a write was needed. */
export const adopt = async <T extends KubeObject>(
  client: ResourceClient<T>,
  object: T,
  reference: OwnerReference,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<boolean> => {
  const { namespace, name, resourceVersion, ownerReferences = [] } = object.metadata
  const owned = ownerReferences.some(({ uid }) => uid === reference.uid)
  const labelled = Object.entries(labels).every(([key, value]) => object.metadata.labels?.[key] === value)
  if (owned && labelled) return false
  const references = owned ? ownerReferences : [...ownerReferences, reference]
  await client.mergePatch(
    namespace,
    name,
    { metadata: { resourceVersion, labels, ownerReferences: references } },
    { signal },
  )
  return true
}

export const clusterLabels = (clusterName: string): Record<string, string> => ({ [clusterNameLabel]: clusterName })

/** Creates what is missing; somebody else having created it is as good. */
export const ensure = async <T extends KubeObject>(
  client: ResourceClient<T>,
  wanted: T,
  signal: AbortSignal,
): Promise<void> => {
  const { namespace, name } = wanted.metadata
  if ((await client.find(namespace, name, { signal })) !== undefined) return
  try {
    await client.create(wanted, { signal })
  } catch (error) {
    if (!isKatametalError(error, 'KubernetesConflict')) throw error
  }
}

/** Writes spec and status where they differ, spec first, each bound to the version that was read. */
export const update = async <T extends KubeObject & { spec?: object; status?: object }>(
  client: ResourceClient<T>,
  object: T,
  wanted: { spec?: object; status: object },
  signal: AbortSignal,
): Promise<void> => {
  const { namespace, name } = object.metadata
  let { resourceVersion } = object.metadata
  if (wanted.spec !== undefined && !isDeepStrictEqual({ ...object.spec }, { ...object.spec, ...wanted.spec })) {
    const patch = { metadata: { resourceVersion }, spec: wanted.spec }
    resourceVersion = (await client.mergePatch(namespace, name, patch, { signal })).metadata.resourceVersion
  }
  if (isDeepStrictEqual({ ...object.status }, wanted.status)) return
  await client.mergePatchStatus(namespace, name, { metadata: { resourceVersion }, status: wanted.status }, { signal })
}
