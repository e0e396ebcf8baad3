import { apiVersionOf } from '../../../api/kind.js'
import { type KataMetalMachine, kataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { clusterNameLabel } from '../../../api/metal/group.js'
import type { OwnerReference } from '../../../api/meta.js'
import { isKatametalError } from '../../base/errors.js'
import { findCondition } from '../../kube/conditions.js'
import type { IPAddress, IPAddressClaim } from '../../kube/resource-types.js'
import type { ResourceClient } from '../../kube/types.js'
import type { MachineFacts } from './decide.js'
import { clusterNameOf } from './observe.js'
import type { MachineRun } from './reconcile.js'

export type StaticAddress = NonNullable<BareMetalHost['spec']['addresses']>[number]
type PoolAddress = NonNullable<KataMetalMachine['spec']['addressesFromPools']>[number]

export interface AddressClients {
  /** Get, create and patch are used. */
  readonly claims: ResourceClient<IPAddressClaim>
  /** Only get is used. */
  readonly addresses: ResourceClient<IPAddress>
}

/** What is still awaited; claims are not watched, as few Machines have any. */
export interface AwaitedAddresses {
  readonly awaiting: string
  readonly lookAgainInMs: number
}

const lookAgainInMs = 1_000

/**
 * The addresses that the machine asks of pools (Cluster API IPAM contract, consumer): makes one IPAddressClaim each, which
 * goes with the machine by its ownerReference, so that no address is given to others while the server may still run.
 */
export const addressesFor = async (
  { object, owner }: MachineFacts,
  run: MachineRun,
): Promise<readonly StaticAddress[] | AwaitedAddresses> => {
  const { networkData, addressesFromPools = [] } = object.spec
  if (networkData !== undefined) return []
  const clusterName = clusterNameOf(object, owner)
  const claims = await Promise.all(
    addressesFromPools.map(wanted => ensureClaim(claimFor(object, clusterName, wanted), run)),
  )
  const found: StaticAddress[] = []
  for (const [index, wanted] of addressesFromPools.entries()) {
    const claim = claims[index]
    const reference = claim?.status?.addressRef
    const address =
      reference === undefined
        ? undefined
        : await run.ipam.addresses.find(object.metadata.namespace, reference.name, { signal: run.context.signal })
    if (address !== undefined) found.push(staticAddress(address, wanted))
    else if (claim !== undefined) return { awaiting: describe(claim), lookAgainInMs }
  }
  return found
}

/** Names are derived, so that a claim whose record was lost is found again. */
export const claimFor = (
  object: KataMetalMachine,
  clusterName: string | undefined,
  { name, poolRef }: PoolAddress,
): IPAddressClaim => ({
  apiVersion: 'ipam.cluster.x-k8s.io/v1beta2',
  kind: 'IPAddressClaim',
  metadata: {
    name: `${object.metadata.name}-${name}`,
    ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
    ...(clusterName === undefined ? {} : { labels: { [clusterNameLabel]: clusterName } }),
    ownerReferences: [ownerReferenceTo(object)],
  },
  spec: { ...(clusterName === undefined ? {} : { clusterName }), poolRef: { ...poolRef } },
})

const ownerReferenceTo = ({ metadata }: KataMetalMachine): OwnerReference => ({
  apiVersion: apiVersionOf(kataMetalMachine),
  kind: 'KataMetalMachine',
  name: metadata.name,
  uid: metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
})

const ensureClaim = async (wanted: IPAddressClaim, { ipam, context }: MachineRun): Promise<IPAddressClaim> => {
  const { namespace, name, ownerReferences = [] } = wanted.metadata
  const { signal } = context
  const known = (await ipam.claims.find(namespace, name, { signal })) ?? (await create(wanted, ipam.claims, signal))
  const [owner] = ownerReferences
  if (known.metadata.ownerReferences?.some(({ uid }) => uid === owner?.uid) === true) return known
  const references = [...(known.metadata.ownerReferences ?? []).filter(({ controller }) => controller !== true), owner]
  const patch = { metadata: { resourceVersion: known.metadata.resourceVersion, ownerReferences: references } }
  return ipam.claims.mergePatch(namespace, name, patch, { signal })
}

const create = async (
  wanted: IPAddressClaim,
  claims: ResourceClient<IPAddressClaim>,
  signal: AbortSignal,
): Promise<IPAddressClaim> => {
  try {
    return await claims.create(wanted, { signal })
  } catch (error) {
    if (!isKatametalError(error, 'KubernetesConflict')) throw error
    return claims.get(wanted.metadata.namespace, wanted.metadata.name, { signal })
  }
}

const describe = ({ metadata, spec, status }: IPAddressClaim): string => {
  const ready = findCondition(status?.conditions, 'Ready')
  const trouble = ready?.status === 'False' ? ` (${ready.reason}: ${ready.message.replace(/\.$/, '')})` : ''
  return `IPAddressClaim ${metadata.name} has no address of ${spec.poolRef.kind} ${spec.poolRef.name} yet${trouble}.`
}

const staticAddress = ({ spec }: IPAddress, { nameservers }: PoolAddress): StaticAddress => ({
  address: spec.address,
  prefix: spec.prefix,
  ...(spec.gateway === undefined ? {} : { gateway: spec.gateway }),
  ...(nameservers === undefined ? {} : { nameservers: [...nameservers] }),
})
