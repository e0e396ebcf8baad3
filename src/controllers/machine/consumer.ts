import { infrastructureGroup, infrastructureVersion, providerIDOf } from '../../../api/infrastructure/group.js'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { Key } from '../../kube/types.js'

type ConsumerRef = NonNullable<BareMetalHost['spec']['consumerRef']>

/** What spec.consumerRef of a host says when the machine holds it. */
export const consumerRefOf = ({ metadata }: KataMetalMachine): ConsumerRef => ({
  apiVersion: `${infrastructureGroup}/${infrastructureVersion}`,
  kind: 'KataMetalMachine',
  name: metadata.name,
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
})

/** Key of the KataMetalMachine that holds the host. */
export const consumerKeyOf = (host: BareMetalHost): Key | undefined => {
  const { apiVersion, kind, name, namespace = host.metadata.namespace } = host.spec.consumerRef ?? {}
  const group = apiVersion?.split('/')[0]
  return group === infrastructureGroup && kind === 'KataMetalMachine' && name !== undefined && namespace !== undefined
    ? `${namespace}/${name}`
    : undefined
}

/**
 * Whether the machine holds the host. The uid decides: a machine of the same name that was made anew holds nothing. Only
 * `clusterctl move` changes the uid of a machine that stays the same; then its providerID, which moves along, speaks for
 * it.
 */
export const isHeldBy = (host: BareMetalHost, machine: KataMetalMachine): boolean =>
  consumerKeyOf(host) === `${machine.metadata.namespace ?? ''}/${machine.metadata.name}` &&
  (host.spec.consumerRef?.uid === machine.metadata.uid || providerIDOf(host) === machine.spec.providerID)

/** The host that a providerID of ours names. */
export const hostKeyOf = (providerID: string): Key | undefined => /^katametal:\/\/([^/]+\/[^/]+)$/.exec(providerID)?.[1]
