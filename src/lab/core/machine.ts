import type { Cluster, Machine } from '../../../api/cluster-api.js'
import { controlPlaneLabel } from '../../../api/cluster-api.js'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import { KatametalError } from '../../base/errors.js'
import { setCondition } from '../../kube/conditions.js'
import { addFinalizer, hasFinalizer, removeFinalizer } from '../../kube/finalizers.js'
import type { Reconcile } from '../../kube/types.js'
import { bootstrapSecret } from './bootstrap.js'
import type { CoreParts } from './parts.js'
import { mayBootstrap, mirroredReady, nodeOf, phaseOf } from './progress.js'
import { adopt, clusterLabels, ensure, ownerReferenceTo, update } from './writes.js'

export const coreMachineFinalizer = 'machine.cluster.x-k8s.io'

/** What Cluster API core, a bootstrap provider and a control plane provider do with a Machine, in one small loop. */
export const createCoreMachineReconcile =
  (parts: CoreParts): Reconcile =>
  async (key, { signal }) => {
    const machine = parts.stores.machines.get(key)
    if (machine === undefined) return undefined
    const cluster = parts.stores.clusters.get(`${machine.metadata.namespace ?? ''}/${machine.spec?.clusterName ?? ''}`)
    if (cluster?.spec?.paused === true) return undefined
    if (machine.metadata.deletionTimestamp !== undefined) {
      await tearDown(machine, parts, signal)
      return undefined
    }
    if (cluster === undefined) return undefined
    if (!hasFinalizer(machine, coreMachineFinalizer)) {
      await addFinalizer(parts.clients.machines, machine, coreMachineFinalizer, { signal })
      return undefined
    }
    await buildUp(machine, cluster, parts, signal)
    return undefined
  }

const buildUp = async (machine: Machine, cluster: Cluster, parts: CoreParts, signal: AbortSignal): Promise<void> => {
  const labels = clusterLabels(cluster.metadata.name)
  if (await adopt(parts.clients.machines, machine, ownerReferenceTo(cluster, false), labels, signal)) return
  const infrastructure = infrastructureOf(machine, parts)
  if (infrastructure !== undefined) {
    const role = machine.metadata.labels?.[controlPlaneLabel]
    const inherited = role === undefined ? labels : { ...labels, [controlPlaneLabel]: role }
    const reference = ownerReferenceTo(machine, true)
    if (await adopt(parts.clients.kataMetalMachines, infrastructure, reference, inherited, signal)) return
  }
  const dataSecretName = machine.spec?.bootstrap?.dataSecretName ?? (await bootstrap(machine, cluster, parts, signal))
  await update(parts.clients.machines, machine, wantedOf(machine, infrastructure, dataSecretName, parts), signal)
}

const bootstrap = async (
  machine: Machine,
  cluster: Cluster,
  parts: CoreParts,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const siblings = parts.stores.machines
    .list()
    .filter(
      ({ metadata, spec }) =>
        metadata.namespace === machine.metadata.namespace && spec?.clusterName === cluster.metadata.name,
    )
  if (!mayBootstrap(machine, cluster, siblings)) return undefined
  const secret = bootstrapSecret(machine, cluster.metadata.name, parts.join)
  await ensure(parts.clients.secrets, secret, signal)
  return secret.metadata.name
}

const wantedOf = (
  machine: Machine,
  infrastructure: KataMetalMachine | undefined,
  dataSecretName: string | undefined,
  parts: CoreParts,
) => {
  const provisioned = infrastructure?.status?.initialization?.provisioned === true
  const providerID = provisioned ? infrastructure.spec.providerID : machine.spec?.providerID
  const node = nodeOf(providerID, parts.stores.nodes.list())
  if (node === 'ambiguous')
    throw new KatametalError('Internal', {
      about: machine.metadata.name,
      seen: `two Nodes have providerID ${providerID ?? ''}`,
    })
  const spec = {
    ...(dataSecretName === undefined ? {} : { bootstrap: { ...machine.spec?.bootstrap, dataSecretName } }),
    ...(providerID === undefined ? {} : { providerID }),
  }
  const nodeRef = node === undefined ? machine.status?.nodeRef : { name: node.metadata.name }
  const initialization = {
    ...machine.status?.initialization,
    ...(dataSecretName === undefined ? {} : { bootstrapDataSecretCreated: true }),
    ...(provisioned && providerID !== undefined ? { infrastructureProvisioned: true } : {}),
  }
  const { addresses, failureDomain } = infrastructure?.status ?? {}
  const status = {
    ...machine.status,
    ...(Object.keys(initialization).length === 0 ? {} : { initialization }),
    ...(nodeRef === undefined ? {} : { nodeRef }),
    ...(provisioned && addresses !== undefined ? { addresses } : {}),
    ...(provisioned && failureDomain !== undefined ? { failureDomain } : {}),
    conditions: setCondition(
      machine.status?.conditions,
      mirroredReady(infrastructure?.status?.conditions),
      parts.clock.now(),
    ),
  }
  const phase = phaseOf({
    bootstrapped: dataSecretName !== undefined,
    provisioned: provisioned && providerID !== undefined,
    joined: nodeRef !== undefined,
  })
  return { spec, status: { ...status, phase } }
}

/** The infrastructure, then the bootstrap data, then the Node, each awaited: the Node outlives the power. */
const tearDown = async (machine: Machine, parts: CoreParts, signal: AbortSignal): Promise<void> => {
  const { namespace } = machine.metadata
  if (!hasFinalizer(machine, coreMachineFinalizer)) return
  const infrastructure = infrastructureOf(machine, parts)
  if (infrastructure !== undefined) {
    await update(
      parts.clients.machines,
      machine,
      {
        status: {
          ...machine.status,
          phase: 'Deleting',
          conditions: setCondition(
            machine.status?.conditions,
            mirroredReady(infrastructure.status?.conditions),
            parts.clock.now(),
          ),
        },
      },
      signal,
    )
    if (infrastructure.metadata.deletionTimestamp === undefined)
      await parts.clients.kataMetalMachines.delete(namespace, infrastructure.metadata.name, { signal })
    return
  }
  await parts.clients.secrets.delete(namespace, `${machine.metadata.name}-bootstrap`, { signal })
  const node = machine.status?.nodeRef?.name
  if (node !== undefined) await parts.clients.nodes.delete(undefined, node, { signal })
  await removeFinalizer(parts.clients.machines, machine, coreMachineFinalizer, { signal })
}

const infrastructureOf = ({ metadata, spec }: Machine, { stores }: CoreParts): KataMetalMachine | undefined =>
  spec?.infrastructureRef?.kind === 'KataMetalMachine'
    ? stores.kataMetalMachines.get(`${metadata.namespace ?? ''}/${spec.infrastructureRef.name}`)
    : undefined
