import { isDeepStrictEqual } from 'node:util'
import { type KudProfile, kudProfile } from '../../../api/kud/kud-profile.js'
import type { KataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import type { Cluster } from '../../../api/cluster-api.js'
import type { KubeObject } from '../../../api/meta.js'
import type { Clock } from '../../base/clock.js'
import { KatametalError, toKatametalError } from '../../base/errors.js'
import type { Logger } from '../../base/log.js'
import type { Metrics } from '../../base/metrics.js'
import { clusterObjects } from '../../kud/cluster-objects.js'
import { loadMatrix } from '../../kud/data.js'
import { type Judged, judge } from '../../kud/judge.js'
import { managedByUs } from '../../kud/labels.js'
import { setCondition } from '../../kube/conditions.js'
import { type Controller, createController } from '../../kube/controller.js'
import { createInformer } from '../../kube/informer.js'
import { ReadYourWrites } from '../../kube/read-your-writes.js'
import { type Namespace, namespaces, typeOf } from '../../kube/resource-types.js'
import { type Informer, type Key, type KubeClient, keyOf, type ReconcileResult, type Store } from '../../kube/types.js'
import type { WorkloadClusters } from '../workload/workload-clusters.js'
import { applyAll, deleteAll, typeOfRendered } from './apply-all.js'
import { type ProfileSources, profileOfCluster } from './profile-of-host.js'

export interface ProfileControllerDeps {
  /** Of the management cluster. */
  readonly client: KubeClient
  readonly informers: {
    readonly kudProfiles: Informer<KudProfile>
    readonly clusters: Informer<Cluster>
    readonly kataMetalClusters: Informer<KataMetalCluster>
  }
  readonly sources: Omit<ProfileSources, 'kataMetalMachines'>
  readonly workloads: Pick<WorkloadClusters, 'client' | 'further'>
  readonly clock: Clock
  readonly log: Logger
  readonly metrics?: Metrics
}

/** Clusters whose API server or namespaces are not known yet are asked again. */
const lookAgainMs = 1_000
/** What somebody changed or deleted in a workload cluster is put right this late. */
const repairMs = 300_000

/**
 * Reconciles KudProfiles: says whether their versions go together, and keeps runtime classes and tenant policy in the
 * workload clusters that use them. Woken by themselves, Clusters, and namespaces of workload clusters.
 */
export const createProfileController = (deps: ProfileControllerDeps): Controller => {
  const { informers, clock, log, metrics } = deps
  const matrix = loadMatrix()
  const written = new ReadYourWrites<KudProfile>()
  const inNamespace = ({ metadata }: KubeObject): Key[] =>
    informers.kudProfiles.store
      .list()
      .filter(profile => profile.metadata.namespace === metadata.namespace)
      .map(keyOf)
  const controller = createController({
    name: 'kudprofile',
    reconcile: async (key, { signal }) => {
      const shown = informers.kudProfiles.store.get(key)
      if (shown === undefined) return written.forget(key) ?? undefined
      const profile = written.latest(shown)
      const wake = (): void => controller.enqueue(key)
      return new ProfileRun({ ...deps, written, wake, signal }, profile).run(judged(profile, matrix))
    },
    clock,
    log,
    ...(metrics === undefined ? {} : { metrics }),
  })
  controller.watch(informers.kudProfiles, (profile, { previous }) =>
    previous?.metadata.generation === profile.metadata.generation ? [] : [keyOf(profile)],
  )
  controller.watch(informers.clusters, (cluster, { type }) => (type === 'updated' ? [] : inNamespace(cluster)))
  controller.watch(informers.kataMetalClusters, (cluster, { previous }) =>
    previous?.spec.kudProfileName === cluster.spec.kudProfileName ? [] : inNamespace(cluster),
  )
  return controller
}

const judged = ({ spec }: KudProfile, matrix: ReturnType<typeof loadMatrix>): Judged | KatametalError => {
  try {
    return judge(spec, matrix)
  } catch (error) {
    return toKatametalError(error)
  }
}

type ClusterLine = NonNullable<NonNullable<KudProfile['status']>['clusters']>[number]

interface RunParts extends ProfileControllerDeps {
  readonly written: ReadYourWrites<KudProfile>
  readonly wake: () => void
  readonly signal: AbortSignal
}

/** One look at one profile. */
class ProfileRun {
  readonly #parts: RunParts
  readonly #profile: KudProfile

  constructor(parts: RunParts, profile: KudProfile) {
    this.#parts = parts
    this.#profile = profile
  }

  async run(judgement: Judged | KatametalError): Promise<ReconcileResult> {
    const lines: ClusterLine[] = []
    if (!(judgement instanceof KatametalError))
      for (const cluster of this.#clusters()) lines.push(await this.#furnish(cluster, judgement))
    await this.#report(judgement, lines)
    return { requeueAfterMs: lines.some(({ ready }) => ready !== true) ? lookAgainMs : repairMs }
  }

  /** Clusters of the namespace that name this profile. */
  #clusters(): Key[] {
    const { sources, informers } = this.#parts
    const { namespace, name } = this.#profile.metadata
    return informers.clusters.store
      .list()
      .filter(({ metadata }) => metadata.namespace === namespace && metadata.deletionTimestamp === undefined)
      .map(keyOf)
      .filter(cluster => named(cluster, sources) === name)
      .sort()
  }

  async #furnish(cluster: Key, { kata }: Judged): Promise<ClusterLine> {
    const { workloads, signal, log } = this.#parts
    const name = cluster.slice(cluster.indexOf('/') + 1)
    const client = workloads.client(cluster)
    const known = this.#namespaces(cluster)
    if (client === undefined || known === undefined) return { name, ready: false }
    try {
      const ours = await namespacesOfOurs(client, signal)
      const { wanted, unwanted } = clusterObjects(this.#profile.spec, kata, known.list(), ours)
      await applyAll(client, wanted, signal)
      await deleteAll(client, unwanted, signal)
      return { name, ready: true }
    } catch (error) {
      signal.throwIfAborted()
      const { code, message } = toKatametalError(error)
      log.warn({ cluster, code }, `runtime classes and tenant policy cannot be applied: ${message}`)
      return { name, ready: false, message: message.slice(0, 1024) }
    }
  }

  #namespaces(cluster: Key): Store<Namespace> | undefined {
    const { workloads, clock, log, wake } = this.#parts
    return workloads.further<Namespace>(cluster, 'namespaces', client => {
      const informer = createInformer<Namespace>(client, namespaces, { clock, log })
      informer.onChange(({ type, object, previous }) => {
        if (type !== 'updated' || !isDeepStrictEqual(object.metadata.labels, previous?.metadata.labels)) wake()
      })
      return { informer, arrived: wake }
    })
  }

  async #report(judgement: Judged | KatametalError, clusters: ClusterLine[]): Promise<void> {
    const { client, clock, written, signal } = this.#parts
    const { metadata, status = {} } = this.#profile
    const valid =
      judgement instanceof KatametalError
        ? ({ status: 'False', reason: judgement.code, message: judgement.message } as const)
        : ({ status: 'True', reason: 'Compatible', message: 'The versions go together.' } as const)
    const observedGeneration = metadata.generation ?? 0
    const wanted = {
      observedGeneration,
      clusters,
      conditions: setCondition(status.conditions ?? [], { type: 'Valid', ...valid, observedGeneration }, clock.now()),
    }
    if (isDeepStrictEqual({ clusters: [], ...status }, wanted)) return
    const patch = { metadata: { resourceVersion: metadata.resourceVersion }, status: wanted }
    const resource = client.resource<KudProfile>(typeOf(kudProfile))
    written.wrote(this.#profile, await resource.mergePatchStatus(metadata.namespace, metadata.name, patch, { signal }))
  }
}

const named = (cluster: Key, sources: Omit<ProfileSources, 'kataMetalMachines'>): string | undefined => {
  try {
    return profileOfCluster(cluster, sources)?.metadata.name
  } catch {
    // It names one that is not there, so not this one.
    return undefined
  }
}

/** Where limits of ours are: each namespace of a tenant has them. */
const namespacesOfOurs = async (client: KubeClient, signal: AbortSignal): Promise<string[]> => {
  const labelSelector = Object.entries(managedByUs)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  const type = typeOfRendered({ apiVersion: 'v1', kind: 'LimitRange', metadata: { name: '' } })
  const found = await client.resource(type).list({ labelSelector, signal })
  return found.map(({ metadata }) => metadata.namespace ?? '')
}
