import type { Cluster, Machine } from '../../../api/cluster-api.js'
import type { KataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import { setCondition } from '../../kube/conditions.js'
import { addFinalizer, hasFinalizer, removeFinalizer } from '../../kube/finalizers.js'
import type { Reconcile } from '../../kube/types.js'
import { kubeconfigSecret } from './bootstrap.js'
import type { CoreParts } from './parts.js'
import { isControlPlane, mirroredReady } from './progress.js'
import { adopt, clusterLabels, ensure, ownerReferenceTo, update } from './writes.js'

export const coreClusterFinalizer = 'cluster.cluster.x-k8s.io'

/** What Cluster API core does with a Cluster, as far as an infrastructure provider can tell. */
export const createCoreClusterReconcile =
  (parts: CoreParts): Reconcile =>
  async (key, { signal }) => {
    const cluster = parts.stores.clusters.get(key)
    if (cluster === undefined) return undefined
    if (cluster.metadata.deletionTimestamp !== undefined) {
      if (cluster.spec?.paused !== true) await tearDown(cluster, parts, signal)
      return undefined
    }
    if (cluster.spec?.paused === true) return undefined
    if (!hasFinalizer(cluster, coreClusterFinalizer)) {
      await addFinalizer(parts.clients.clusters, cluster, coreClusterFinalizer, { signal })
      return undefined
    }
    await buildUp(cluster, parts, signal)
    return undefined
  }

const buildUp = async (cluster: Cluster, parts: CoreParts, signal: AbortSignal): Promise<void> => {
  const { name, namespace } = cluster.metadata
  const infrastructure = infrastructureOf(cluster, parts)
  if (infrastructure === undefined) return
  const reference = ownerReferenceTo(cluster, false)
  if (await adopt(parts.clients.kataMetalClusters, infrastructure, reference, clusterLabels(name), signal)) return
  const provisioned =
    cluster.status?.initialization?.infrastructureProvisioned === true ||
    infrastructure.status?.initialization?.provisioned === true
  if (provisioned) await ensure(parts.clients.secrets, kubeconfigSecret({ name, namespace }, parts.kubeconfig), signal)
  const initialized =
    cluster.status?.initialization?.controlPlaneInitialized === true ||
    machinesOf(cluster, parts).some(machine => isControlPlane(machine) && machine.status?.nodeRef !== undefined)
  const endpoint = provisioned ? endpointFor(cluster, infrastructure) : undefined
  const domains = infrastructure.status?.failureDomains
  const wanted = {
    ...(endpoint === undefined ? {} : { spec: { controlPlaneEndpoint: endpoint } }),
    status: {
      ...cluster.status,
      ...(provisioned || initialized
        ? {
            initialization: {
              ...(provisioned ? { infrastructureProvisioned: true } : {}),
              ...(initialized ? { controlPlaneInitialized: true } : {}),
            },
          }
        : {}),
      ...(domains === undefined
        ? {}
        : { failureDomains: domains.map(({ controlPlane = false, ...domain }) => ({ ...domain, controlPlane })) }),
      phase: provisioned ? 'Provisioned' : 'Provisioning',
      conditions: setCondition(
        cluster.status?.conditions,
        mirroredReady(infrastructure.status?.conditions),
        parts.clock.now(),
      ),
    },
  }
  await update(parts.clients.clusters, cluster, wanted, signal)
}

/** Core copies the endpoint only while its own is not valid. */
const endpointFor = (cluster: Cluster, { spec }: KataMetalCluster) => {
  const { host, port } = cluster.spec?.controlPlaneEndpoint ?? {}
  return host && port ? undefined : spec.controlPlaneEndpoint
}

/** Workers, then the control plane, then the infrastructure, each awaited. */
const tearDown = async (cluster: Cluster, parts: CoreParts, signal: AbortSignal): Promise<void> => {
  const { name, namespace } = cluster.metadata
  const machines = machinesOf(cluster, parts)
  const workers = machines.filter(machine => !isControlPlane(machine))
  const next = workers.length > 0 ? workers : machines
  if (cluster.status?.phase !== 'Deleting') {
    await update(parts.clients.clusters, cluster, { status: { ...cluster.status, phase: 'Deleting' } }, signal)
    return
  }
  if (next.length > 0) {
    const alive = next.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    await Promise.all(
      alive.map(({ metadata }) => parts.clients.machines.delete(metadata.namespace, metadata.name, { signal })),
    )
    return
  }
  const infrastructure = infrastructureOf(cluster, parts)
  if (infrastructure !== undefined) {
    if (infrastructure.metadata.deletionTimestamp === undefined)
      await parts.clients.kataMetalClusters.delete(namespace, infrastructure.metadata.name, { signal })
    return
  }
  await parts.clients.secrets.delete(namespace, `${name}-kubeconfig`, { signal })
  await removeFinalizer(parts.clients.clusters, cluster, coreClusterFinalizer, { signal })
}

const machinesOf = ({ metadata }: Cluster, { stores }: CoreParts): Machine[] =>
  stores.machines
    .list()
    .filter(machine => machine.metadata.namespace === metadata.namespace && machine.spec?.clusterName === metadata.name)

const infrastructureOf = ({ metadata, spec }: Cluster, { stores }: CoreParts): KataMetalCluster | undefined =>
  spec?.infrastructureRef?.kind === 'KataMetalCluster'
    ? stores.kataMetalClusters.get(`${metadata.namespace ?? ''}/${spec.infrastructureRef.name}`)
    : undefined
