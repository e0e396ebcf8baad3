import { setMaxListeners } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Cluster, Machine } from '../../api/cluster-api.js'
import { kataMetalCluster, type KataMetalCluster } from '../../api/infrastructure/kata-metal-cluster.js'
import { kataMetalMachine, type KataMetalMachine } from '../../api/infrastructure/kata-metal-machine.js'
import {
  kataMetalMachineTemplate,
  type KataMetalMachineTemplate,
} from '../../api/infrastructure/kata-metal-machine-template.js'
import { type KataMetalRemediation, kataMetalRemediation } from '../../api/infrastructure/kata-metal-remediation.js'
import type { KubeObject } from '../../api/meta.js'
import { bareMetalHost, type BareMetalHost } from '../../api/metal/bare-metal-host.js'
import { hostInventory, type HostInventory } from '../../api/metal/host-inventory.js'
import { packageRoot } from '../../src/base/package-root.js'
import { type Clock, systemClock } from '../../src/base/clock.js'
import { silentLogger } from '../../src/base/log.js'
import { createClusterController } from '../../src/controllers/cluster/controller.js'
import { createMachineController } from '../../src/controllers/machine/controller.js'
import { hostIndexes, machineIndexes } from '../../src/controllers/machine/observe.js'
import { createRemediationController } from '../../src/controllers/remediation/controller.js'
import { remediationIndexes } from '../../src/controllers/remediation/observe.js'
import { createTemplateController } from '../../src/controllers/template/controller.js'
import { createWorkloadClusters } from '../../src/controllers/workload/workload-clusters.js'
import { directApiAccess } from '../../src/kube/api-access.js'
import { createKubeClient } from '../../src/kube/client.js'
import { createInformer } from '../../src/kube/informer.js'
import { clusters, machines, nodes, type Node, type Secret, secrets, typeOf } from '../../src/kube/resource-types.js'
import type { KubeClient, ResourceClient } from '../../src/kube/types.js'
import { type ApiServer, startApiServer } from '../../src/lab/apiserver/api-server.js'
import { clusterApiCrds } from '../../src/lab/core/crds.js'

/** The generated CRDs of our kinds. */
const ourCrds = (): object[] =>
  [
    bareMetalHost,
    hostInventory,
    kataMetalCluster,
    kataMetalMachine,
    kataMetalMachineTemplate,
    kataMetalRemediation,
  ].map(({ group, plural }): object =>
    parse(readFileSync(join(packageRoot(), 'config', 'crd', `${group}_${plural}.yaml`), 'utf8')),
  )

export interface World {
  readonly api: ApiServer
  readonly client: KubeClient
  readonly of: {
    readonly clusters: ResourceClient<Cluster>
    readonly machines: ResourceClient<Machine>
    readonly kataMetalClusters: ResourceClient<KataMetalCluster>
    readonly kataMetalMachines: ResourceClient<KataMetalMachine>
    readonly templates: ResourceClient<KataMetalMachineTemplate>
    readonly remediations: ResourceClient<KataMetalRemediation>
    readonly hosts: ResourceClient<BareMetalHost>
    readonly inventories: ResourceClient<HostInventory>
    readonly secrets: ResourceClient<Secret>
    readonly nodes: ResourceClient<Node>
  }
  readonly events: { type: 'normal' | 'warning'; about: string; reason: string; message: string }[]
  /** Creates the object and then, as status is a subresource, its status. */
  create<T extends KubeObject>(client: ResourceClient<T>, object: T): Promise<T>
  /** Starts one manager's worth of cluster and machine controllers; the returned function ends it. */
  startControllers(clockOfRemediation?: Clock): Promise<() => Promise<void>>
  /** Ends all controllers and removes every object, for the next test. */
  reset(): Promise<void>
  stop(): Promise<void>
}

/** An embedded API server with the kinds that the Cluster API controllers know, and those controllers on request. */
export const startWorld = async (): Promise<World> => {
  const api = await startApiServer({ clock: systemClock, rbac: false })
  for (const crd of [...clusterApiCrds, ...ourCrds()]) api.applyManifest(crd)
  api.applyManifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'site' } })
  const connect = () =>
    createKubeClient(
      directApiAccess({
        server: api.url,
        ca: api.ca,
        token: api.addToken({ name: 'test', groups: ['system:masters'] }),
      }),
      { clock: systemClock },
    )
  const client = connect()
  const of = {
    clusters: client.resource<Cluster>(clusters),
    machines: client.resource<Machine>(machines),
    kataMetalClusters: client.resource<KataMetalCluster>(typeOf(kataMetalCluster)),
    kataMetalMachines: client.resource<KataMetalMachine>(typeOf(kataMetalMachine)),
    templates: client.resource<KataMetalMachineTemplate>(typeOf(kataMetalMachineTemplate)),
    remediations: client.resource<KataMetalRemediation>(typeOf(kataMetalRemediation)),
    hosts: client.resource<BareMetalHost>(typeOf(bareMetalHost)),
    inventories: client.resource<HostInventory>(typeOf(hostInventory)),
    secrets: client.resource<Secret>(secrets),
    nodes: client.resource<Node>(nodes),
  }
  const events: World['events'] = []
  const managers = new Set<() => Promise<void>>()

  const startControllers = async (clock: Clock = systemClock) => {
    const own = connect()
    const common = { clock: systemClock, log: silentLogger }
    const informers = {
      clusters: createInformer<Cluster>(own, clusters, common),
      machines: createInformer<Machine>(own, machines, common),
      kataMetalClusters: createInformer<KataMetalCluster>(own, typeOf(kataMetalCluster), common),
      kataMetalMachines: createInformer<KataMetalMachine>(own, typeOf(kataMetalMachine), {
        ...common,
        indexes: machineIndexes,
      }),
      hosts: createInformer<BareMetalHost>(own, typeOf(bareMetalHost), { ...common, indexes: hostIndexes }),
      inventories: createInformer<HostInventory>(own, typeOf(hostInventory), common),
      templates: createInformer<KataMetalMachineTemplate>(own, typeOf(kataMetalMachineTemplate), common),
      remediations: createInformer<KataMetalRemediation>(own, typeOf(kataMetalRemediation), {
        ...common,
        indexes: remediationIndexes,
      }),
    }
    const note =
      (type: 'normal' | 'warning') =>
      ({ metadata }: KubeObject, reason: string, message: string) => {
        events.push({ type, about: metadata.name, reason, message })
      }
    const sink = { normal: note('normal'), warning: note('warning') }
    const workloads = createWorkloadClusters({
      client: own,
      clusters: informers.clusters,
      ...common,
      onNodeChange: host => remediation.nodeChanged(host),
    })
    const remediation = createRemediationController({
      client: own,
      informers,
      nodes: workloads,
      events: sink,
      ...common,
      clock,
    })
    const controllers = [
      createClusterController({ client: own, informers, events: sink, ...common }),
      createMachineController({ client: own, informers, workloads, events: sink, ...common }),
      remediation.controller,
      createTemplateController({ client: own, informers, ...common }),
    ]
    const end = new AbortController()
    setMaxListeners(0, end.signal)
    const running = [...Object.values(informers), ...controllers].map(part => part.run(end.signal))
    const stop = async () => {
      managers.delete(stop)
      end.abort()
      await Promise.allSettled(running)
      await workloads.close()
      await own.close()
    }
    managers.add(stop)
    await Promise.all(Object.values(informers).map(informer => informer.synced(end.signal)))
    return stop
  }

  const remove = async (resource: ResourceClient<KubeObject>): Promise<void> => {
    const objects = await resource.list()
    await Promise.all(
      objects.map(async ({ metadata: { namespace, name, finalizers } }) => {
        if (finalizers !== undefined) await resource.mergePatch(namespace, name, { metadata: { finalizers: null } })
        await resource.delete(namespace, name)
      }),
    )
  }
  const stopControllers = () => Promise.all([...managers].map(stop => stop()))

  return {
    api,
    client,
    of,
    events,
    create: async (resource, object) => {
      const { uid: _uid, resourceVersion: _version, generation: _generation, ...metadata } = object.metadata
      const created = await resource.create({ ...object, metadata })
      if (!('status' in object)) return created
      return resource.mergePatchStatus(metadata.namespace, metadata.name, { status: object.status })
    },
    startControllers,
    reset: async () => {
      await stopControllers()
      api.faults.clear()
      for (const type of [typeOf(kataMetalRemediation), typeOf(kataMetalMachineTemplate)])
        await remove(client.resource(type))
      for (const type of [clusters, machines, typeOf(kataMetalCluster), typeOf(kataMetalMachine), secrets, nodes])
        await remove(client.resource(type))
      for (const type of [typeOf(bareMetalHost), typeOf(hostInventory)]) await remove(client.resource(type))
      events.length = 0
    },
    stop: async () => {
      await stopControllers()
      await client.close()
      await api.stop()
    },
  }
}

/** Polls until `look` returns something other than undefined or false; fails with what it was waiting for. */
export const eventually = async <T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  ms = 8_000,
): Promise<T> => {
  const end = Date.now() + ms
  while (Date.now() < end) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  throw new Error(`waited ${ms} ms in vain for: ${what}`)
}

/** Long enough for a controller to have done what it should not do. */
export const aWhile = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 250))
