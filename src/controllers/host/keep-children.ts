import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { KubeObject } from '../../../api/meta.js'
import { keyOf } from '../../kube/types.js'
import { childMeta } from './child.js'
import type { HostControllerParts } from './ports.js'

/**
 * Gives the objects that belong to a host their ownerReference back where it is missing or stale: without it they would
 * neither go nor move with the host. Throws KubernetesConflict when one changed meanwhile.
 */
export const keepChildren = async (
  host: BareMetalHost,
  { stores, clients }: Pick<HostControllerParts, 'stores' | 'clients'>,
  signal: AbortSignal,
): Promise<void> => {
  const key = keyOf(host)
  const inventory = stores.inventories.get(key)
  if (inventory !== undefined && !isOwned(inventory, host))
    await clients.inventories.replace(owned(inventory, host), { signal })
  const firmware = stores.firmwares.get(key)
  if (firmware !== undefined && !isOwned(firmware, host)) {
    const { namespace, name, resourceVersion, ownerReferences } = owned(firmware, host).metadata
    await clients.firmwares.mergePatch(namespace, name, { metadata: { resourceVersion, ownerReferences } }, { signal })
  }
}

const isOwned = ({ metadata }: KubeObject, host: BareMetalHost): boolean =>
  metadata.ownerReferences?.some(
    ({ uid, apiVersion, kind }) => uid === host.metadata.uid && apiVersion === host.apiVersion && kind === host.kind,
  ) === true

/** Owners of other kinds stay. */
const owned = <T extends KubeObject>(object: T, host: BareMetalHost): T => {
  const others = (object.metadata.ownerReferences ?? []).filter(({ kind }) => kind !== host.kind)
  const ownerReferences = [...others, ...(childMeta(host).ownerReferences ?? [])]
  return { ...object, metadata: { ...object.metadata, ownerReferences } }
}
