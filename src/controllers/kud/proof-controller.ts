import type { KudProfile, KudProfileSpec } from '../../../api/kud/kud-profile.js'
import { providerIDOf } from '../../../api/infrastructure/group.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { type Clock, rfc3339 } from '../../base/clock.js'
import { isKatametalError } from '../../base/errors.js'
import type { Logger } from '../../base/log.js'
import type { Metrics } from '../../base/metrics.js'
import { loadMatrix } from '../../kud/data.js'
import { judge } from '../../kud/judge.js'
import type { KataRow } from '../../kud/matrix.js'
import { judgeProof } from '../../kud/proof.js'
import { proofNamespace, proofNamespaceObject, type ProofPod, proofPods, provesLabel } from '../../kud/proof-pods.js'
import { proofClasses } from '../../kud/runtime-classes.js'
import { type Controller, createController } from '../../kube/controller.js'
import { createInformer } from '../../kube/informer.js'
import { ReadYourWrites } from '../../kube/read-your-writes.js'
import { type Node, nodes, type Pod, pods } from '../../kube/resource-types.js'
import { type Informer, type Key, type KubeClient, keyOf, type ReconcileResult, type Store } from '../../kube/types.js'
import type { WorkloadClusters } from '../workload/workload-clusters.js'
import { applyAll } from './apply-all.js'
import { clusterKeyOf, type ProfileSources, profileOfHost } from './profile-of-host.js'
import { attemptOf, decideProof, type ProofDecision, verdictPatch } from './proof-decision.js'
import { nodeSeen, podSeen } from './proof-facts.js'
import { proofRecord } from './proof-record.js'

export interface ProofControllerDeps {
  readonly hosts: Informer<BareMetalHost>
  readonly profiles: Informer<KudProfile>
  readonly sources: ProfileSources
  readonly workloads: Pick<WorkloadClusters, 'findNode' | 'client' | 'further'>
  readonly clock: Clock
  readonly log: Logger
  readonly metrics?: Metrics
}

/** A controller that is woken from outside when the Node of a host changes. */
export interface ProofController {
  readonly controller: Controller
  readonly wake: (host: Key) => void
}

/** While the first list of pods has not arrived. */
const lookAgainMs = 500

/**
 * Proves that Nodes run Kata: starts pods on them in the workload cluster, compares the kernels that they see, and then
 * labels the Node and lifts the start-up taint. Works on the Nodes of hosts whose cluster names a KudProfile.
 */
export const createProofController = (deps: ProofControllerDeps): ProofController => {
  const { hosts, profiles, clock, log, metrics } = deps
  const matrix = loadMatrix()
  const written = new ReadYourWrites<Node>()
  const wake = (host: Key): void => controller.enqueue(host)
  const controller = createController({
    name: 'kataproof',
    reconcile: async (key, { signal }) => {
      const host = hosts.store.get(key)
      const proven = host === undefined ? undefined : nodeToProve(host, deps)
      if (host === undefined || proven === undefined) return undefined
      const kata = judge(proven.spec, matrix).kata
      return new ProofRun({ ...deps, ...proven, kata, written, wake, signal, key }).run(host)
    },
    concurrency: 8,
    clock,
    log,
    ...(metrics === undefined ? {} : { metrics }),
  })
  controller.watch(hosts, (host, { previous }) =>
    previous === undefined || previous.status?.state !== host.status?.state ? [keyOf(host)] : [],
  )
  controller.watch(profiles, profile =>
    hosts.store
      .list()
      .filter(({ metadata }) => metadata.namespace === profile.metadata.namespace)
      .map(keyOf),
  )
  return { controller, wake }
}

interface NodeToProve {
  readonly cluster: Key
  readonly node: Node
  readonly client: KubeClient
  readonly spec: KudProfileSpec
}

/** Undefined when the host has no Node yet, or one that runs no Kata. */
const nodeToProve = (host: BareMetalHost, { sources, workloads }: ProofControllerDeps): NodeToProve | undefined => {
  const cluster = clusterKeyOf(host)
  const found = profileOfHost(host, sources)
  if (cluster === undefined || found === undefined || !found.kata) return undefined
  const node = workloads.findNode(cluster, providerIDOf(host))
  const client = workloads.client(cluster)
  return node === undefined || client === undefined ? undefined : { cluster, node, client, spec: found.profile.spec }
}

interface RunParts extends ProofControllerDeps, NodeToProve {
  readonly key: Key
  readonly kata: KataRow
  readonly written: ReadYourWrites<Node>
  readonly wake: (host: Key) => void
  readonly signal: AbortSignal
}

/** One look at one Node. */
class ProofRun {
  readonly #parts: RunParts
  readonly #node: Node

  constructor(parts: RunParts) {
    this.#parts = parts
    this.#node = parts.written.latest(parts.node)
  }

  async run(host: BareMetalHost): Promise<ReconcileResult | undefined> {
    const store = this.#podStore()
    if (store === undefined) return { requeueAfterMs: lookAgainMs }
    const { spec, kata, clock } = this.#parts
    const now = clock.now()
    const wanted = proofPods({ name: this.#node.metadata.name, uid: this.#uid }, spec, attemptOf(this.#node))
    const known = store.byIndex('node', this.#uid)
    const seen = wanted.map(pod =>
      podSeen(
        pod,
        known.find(({ metadata }) => metadata.name === pod.name),
        now,
      ),
    )
    const decision = decideProof({
      node: this.#node,
      joining: host.status?.state === 'Joining',
      pods: known.filter(({ metadata }) => metadata.deletionTimestamp === undefined),
      wanted: wanted.map(({ name }) => name),
      verdict: judgeProof(nodeSeen(this.#node), seen, spec, kata),
      now,
    })
    return this.#act(decision, wanted)
  }

  get #uid(): string {
    return this.#node.metadata.uid ?? this.#node.metadata.name
  }

  async #act(decision: ProofDecision, wanted: readonly ProofPod[]): Promise<ReconcileResult | undefined> {
    const { clock, log, cluster } = this.#parts
    switch (decision.act) {
      case 'Mark':
        await this.#patch(decision.patch)
        return { requeueAfterMs: 0 }
      case 'Clear':
        await this.#clear(decision.pods)
        return undefined
      case 'Create':
        await this.#create(wanted.filter(({ name }) => decision.pods.includes(name)))
        return undefined
      case 'Conclude': {
        const { proven, reason, message } = decision.verdict
        log[proven ? 'info' : 'warn']({ cluster, node: this.#node.metadata.name, reason }, message)
        const record = proofRecord(this.#node, decision.verdict, attemptOf(this.#node), rfc3339(clock.now()))
        await this.#patch(verdictPatch(this.#node, record))
        return { requeueAfterMs: 0 }
      }
      case 'Await':
        return decision.forMs === undefined ? undefined : { requeueAfterMs: decision.forMs }
    }
  }

  async #patch(patch: object): Promise<void> {
    const { client, written, signal } = this.#parts
    const answer = await client.resource<Node>(nodes).mergePatch(undefined, this.#node.metadata.name, patch, { signal })
    written.wrote(this.#node, answer)
  }

  async #clear(names: readonly string[]): Promise<void> {
    const { client, signal } = this.#parts
    for (const name of names) await client.resource<Pod>(pods).delete(proofNamespace, name, { signal })
  }

  async #create(wanted: readonly ProofPod[]): Promise<void> {
    const { client, spec, kata, signal } = this.#parts
    await applyAll(client, [proofNamespaceObject, ...proofClasses(spec.runtimeClasses, kata)], signal)
    for (const { pod } of wanted)
      await client
        .resource<Pod>(pods)
        .create(pod as unknown as Pod, { signal })
        .catch((error: unknown) => {
          // It is there already: the store is behind.
          if (!isKatametalError(error, 'KubernetesConflict')) throw error
        })
  }

  #podStore(): Store<Pod> | undefined {
    const { workloads, cluster, clock, log, key, wake, hosts } = this.#parts
    return workloads.further<Pod>(cluster, 'proof', client => {
      const informer = createInformer<Pod>(client, pods, {
        clock,
        log,
        namespace: proofNamespace,
        labelSelector: provesLabel,
        indexes: { node: ({ metadata }) => [metadata.labels?.[provesLabel] ?? ''] },
      })
      informer.onChange(({ object }) => {
        for (const host of hosts.store.list())
          if (clusterKeyOf(host) === cluster && host.status?.node?.name === object.spec.nodeName) wake(keyOf(host))
      })
      return { informer, arrived: () => wake(key) }
    })
  }
}
