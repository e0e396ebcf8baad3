import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { ObjectMeta } from '../../../api/meta.js'

/** Metadata of an object that belongs to a host: same name, garbage-collected and moved with it. */
export const childMeta = (host: BareMetalHost): ObjectMeta => ({
  name: host.metadata.name,
  ...(host.metadata.namespace === undefined ? {} : { namespace: host.metadata.namespace }),
  ownerReferences: [
    {
      apiVersion: host.apiVersion,
      kind: host.kind,
      name: host.metadata.name,
      uid: host.metadata.uid ?? '',
      controller: true,
      blockOwnerDeletion: true,
    },
  ],
})
