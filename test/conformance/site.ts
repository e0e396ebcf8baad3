import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster, Machine } from '../../api/cluster-api.js'
import { clusterApiGroup, clusterApiVersion, controlPlaneLabel } from '../../api/cluster-api.js'
import { apiVersionOf } from '../../api/kind.js'
import { infrastructureGroup } from '../../api/infrastructure/group.js'
import { type KataMetalCluster, kataMetalCluster } from '../../api/infrastructure/kata-metal-cluster.js'
import { type KataMetalMachine, kataMetalMachine } from '../../api/infrastructure/kata-metal-machine.js'
import type { KubeObject, ObjectMeta } from '../../api/meta.js'
import { type BareMetalHost, bareMetalHost } from '../../api/metal/bare-metal-host.js'
import { systemClock } from '../../src/base/clock.js'
import { type Logger, silentLogger } from '../../src/base/log.js'
import type { Checkpoint } from '../../src/controllers/host/ports.js'
import { directApiAccess } from '../../src/kube/api-access.js'
import { clusters, machines, type Node, nodes, type Secret, secrets, typeOf } from '../../src/kube/resource-types.js'
import type { ResourceClient, ResourceType } from '../../src/kube/types.js'
import type { PersonaName } from '../../src/lab/bmc/personas/personas.js'
import { bootstrapSecret, kubeconfigSecret } from '../../src/lab/core/bootstrap.js'
import { type Fleet, type FleetMachine, startFleet } from '../../src/lab/fleet.js'
import { withProfile } from '../../src/lab/lab.js'
import { type ImageServer, startImageServer } from '../../src/lab/lab-image-server.js'
import { type ManagerSettings, startManagerFor } from '../../src/lab/lab-manager.js'
import type { Manager } from '../../src/main.js'
import type { Platform } from './platform.js'

export interface SiteOptions {
  /** One server for each; two Dell-like ones when absent. */
  readonly personas?: readonly PersonaName[]
  /** 50 when absent. */
  readonly speed?: number
  /** False: the hosts are not made known at the start. */
  readonly applyHosts?: boolean
  /** False: no manager is started. */
  readonly manager?: boolean
  readonly log?: Logger
}

type Overrides<T extends KubeObject> = Partial<Omit<T, 'metadata' | 'spec'>> & {
  metadata?: Partial<ObjectMeta>
  spec?: object
}

/** Simulated servers, their hosts and a manager, in a namespace of a platform of their own. */
export class ConformanceSite {
  readonly platform: Platform
  readonly namespace: string
  readonly fleet: Fleet
  readonly images: ImageServer
  readonly clusters: ResourceClient<Cluster>
  readonly machines: ResourceClient<Machine>
  readonly kataMetalClusters: ResourceClient<KataMetalCluster>
  readonly kataMetalMachines: ResourceClient<KataMetalMachine>
  readonly hosts: ResourceClient<BareMetalHost>
  readonly secrets: ResourceClient<Secret>
  readonly nodes: ResourceClient<Node>
  readonly #log: Logger
  readonly #managers = new Set<Manager>()
  #deployPort = 0

  private constructor(platform: Platform, namespace: string, fleet: Fleet, images: ImageServer, log: Logger) {
    const { client } = platform
    this.platform = platform
    this.namespace = namespace
    this.fleet = fleet
    this.images = images
    this.clusters = client.resource<Cluster>(clusters)
    this.machines = client.resource<Machine>(machines)
    this.kataMetalClusters = client.resource<KataMetalCluster>(typeOf(kataMetalCluster))
    this.kataMetalMachines = client.resource<KataMetalMachine>(typeOf(kataMetalMachine))
    this.hosts = client.resource<BareMetalHost>(typeOf(bareMetalHost))
    this.secrets = client.resource<Secret>(secrets)
    this.nodes = client.resource<Node>(nodes)
    this.#log = log
  }

  static async start(platform: Platform, options: SiteOptions = {}): Promise<ConformanceSite> {
    const { personas = ['dell', 'dell'], speed = 50, log = silentLogger } = options
    const namespace = `site-${randomBytes(4).toString('hex')}`
    await platform.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    const fleet = await startFleet({
      count: personas.length,
      personas,
      clock: systemClock,
      log,
      namespace,
      serverTimings: { speed },
      bmcTimings: { speed },
      nodeApi: platform.nodeApi,
    })
    const site = new ConformanceSite(platform, namespace, fleet, await startImageServer(), log)
    if (options.applyHosts !== false) await site.applyHosts()
    if (options.manager !== false) await site.startManager()
    return site
  }

  /** Makes hosts known, all of them when none is named. */
  async applyHosts(...names: readonly string[]): Promise<void> {
    const chosen = this.fleet.machines.filter(({ name }) => names.length === 0 || names.includes(name))
    await this.platform.apply(...chosen.flatMap(({ secret, host }) => [secret, withProfile(host, 'kata')]))
  }

  /** A manager that looks at this namespace only, with the rights of its ServiceAccount. */
  async startManager(settings: Partial<ManagerSettings> & { checkpoint?: Checkpoint } = {}): Promise<Manager> {
    const manager = await startManagerFor(this.fleet, {
      access: directApiAccess(await this.platform.managerCredentials()),
      clock: systemClock,
      log: this.#log,
      watchNamespace: this.namespace,
      deployPort: this.#managers.size === 0 ? this.#deployPort : 0,
      agentPatienceMs: 3_000,
      ...settings,
    })
    if (this.#deployPort === 0) this.#deployPort = Number(new URL(manager.deployURL() ?? '').port)
    this.#managers.add(manager)
    return manager
  }

  /** Ends the given manager, or all. */
  async stopManager(manager?: Manager): Promise<void> {
    const chosen = manager === undefined ? [...this.#managers] : [manager]
    for (const each of chosen) this.#managers.delete(each)
    await Promise.all(chosen.map(each => each.stop()))
  }

  /** A KataMetalCluster, not applied. */
  kataMetalCluster(name: string, overrides: Overrides<KataMetalCluster> = {}): KubeObject {
    return this.#object(apiVersionOf(kataMetalCluster), 'KataMetalCluster', name, overrides, {
      controlPlaneEndpoint: { host: '192.0.2.100', port: 6443 },
    })
  }

  /** A Cluster that refers to the KataMetalCluster of its name, not applied. */
  cluster(name: string, overrides: Overrides<Cluster> = {}): KubeObject {
    return this.#object(core, 'Cluster', name, overrides, {
      infrastructureRef: { apiGroup: infrastructureGroup, kind: 'KataMetalCluster', name },
    })
  }

  /**
   * Applies a Cluster, its KataMetalCluster and its kubeconfig, which leads to the platform's own API server: Nodes live
   * beside the Clusters, as no control plane is started.
   */
  async addCluster(name: string, { cluster = {}, infrastructure = {} }: ClusterOverrides = {}): Promise<void> {
    await this.platform.apply(
      kubeconfigSecret({ name, namespace: this.namespace }, this.platform.kubeconfig),
      this.kataMetalCluster(name, infrastructure),
      this.cluster(name, cluster),
    )
  }

  /** Applies a Machine with its KataMetalMachine; its bootstrap data makes it a Node. */
  async addMachine(name: string, options: MachineOptions): Promise<void> {
    await this.platform.apply(...this.machineObjects(name, options))
  }

  /** What {@link addMachine} applies: bootstrap Secret, KataMetalMachine, Machine. */
  machineObjects(name: string, options: MachineOptions): [Secret, KubeObject, Machine] {
    const { cluster, controlPlane = false, machine = {}, infrastructure = {}, bootstrapped = true } = options
    const labels = {
      'cluster.x-k8s.io/cluster-name': cluster,
      ...(controlPlane ? { [controlPlaneLabel]: '' } : {}),
      ...machine.metadata?.labels,
    }
    const owner = this.#object(
      core,
      'Machine',
      name,
      { ...machine, metadata: { ...machine.metadata, labels } },
      {
        clusterName: cluster,
        version: 'v1.36.0',
        bootstrap: bootstrapped ? { dataSecretName: `${name}-bootstrap` } : { dataSecretName: `${name}-later` },
        infrastructureRef: { apiGroup: infrastructureGroup, kind: 'KataMetalMachine', name },
      },
    ) as Machine
    const { server, ca = '', token = '' } = this.platform.credentials
    const secret = bootstrapSecret(owner, cluster, { server, ca, token })
    const { ownerReferences: _none, ...metadata } = secret.metadata
    return [
      { ...secret, metadata, ...(options.bootstrap === undefined ? {} : { data: options.bootstrap }) },
      this.#object(apiVersionOf(kataMetalMachine), 'KataMetalMachine', name, infrastructure, {
        image: this.images.image,
      }),
      owner,
    ]
  }

  server(name: string): FleetMachine {
    const found = this.fleet.machines.find(machine => machine.name === name)
    if (found === undefined) throw new Error(`no server ${name}`)
    return found
  }

  /** The simulated server of the host that a KataMetalMachine holds. */
  async serverOf(machine: string): Promise<FleetMachine> {
    const object = await this.until(`${machine} to have a host`, async () => {
      const found = await this.kataMetalMachines.get(this.namespace, machine)
      return found.status?.host === undefined ? undefined : found
    })
    return this.server(object.status?.host?.name ?? '')
  }

  async untilHosts(state: string, count = this.fleet.machines.length): Promise<void> {
    await this.until(`${count} hosts ${state}`, async () => {
      const hosts = await this.hosts.list({ namespace: this.namespace })
      return hosts.filter(({ status }) => status?.state === state).length >= count
    })
  }

  async untilPhase(machine: string, phase: string, ms?: number): Promise<Machine> {
    return this.until(
      `Machine ${machine} to be ${phase}`,
      async () => {
        const found = await this.machines.find(this.namespace, machine)
        return found?.status?.phase === phase ? found : undefined
      },
      ms,
    )
  }

  async untilGone(client: ResourceClient<KubeObject>, name: string, ms?: number): Promise<void> {
    await this.until(
      `${client.type.kind} ${name} to be gone`,
      async () => (await client.find(client.type.namespaced ? this.namespace : undefined, name)) === undefined,
      ms,
    )
  }

  /** Waits for what an object of this namespace shall be; hands it out. */
  async untilObject<T extends KubeObject>(
    client: ResourceClient<T>,
    name: string,
    what: string,
    test: (object: T) => boolean | undefined,
    ms?: number,
  ): Promise<T> {
    return this.until(
      `${client.type.kind} ${name}: ${what}`,
      async () => {
        const found = await client.find(client.type.namespaced ? this.namespace : undefined, name)
        return found !== undefined && test(found) === true ? found : undefined
      },
      ms,
    )
  }

  /** Waits until `look` returns something other than undefined or false; fails with a description of the site. */
  async until<T>(what: string, look: () => Promise<T | undefined | false>, ms = 60_000): Promise<T> {
    const end = Date.now() + ms
    for (;;) {
      const seen = await look()
      if (seen !== undefined && seen !== false) return seen
      if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}\n${await this.describe()}`)
      await pause(100)
    }
  }

  /** Any resource of the platform. */
  resource<T extends KubeObject>(type: ResourceType): ResourceClient<T> {
    return this.platform.client.resource<T>(type)
  }

  /** What stands where, for people. */
  async describe(): Promise<string> {
    const { namespace } = this
    const shown = await Promise.all(
      [this.hosts, this.kataMetalClusters, this.kataMetalMachines, this.clusters, this.machines].map(client =>
        (client as ResourceClient<KubeObject & { status?: Described }>).list({ namespace }),
      ),
    )
    return shown.flat().map(describeObject).join('\n')
  }

  async stop(): Promise<void> {
    await this.stopManager()
    await this.fleet.stop()
    await this.images.stop()
  }

  #object<T extends KubeObject>(
    apiVersion: string,
    kind: string,
    name: string,
    { metadata, spec, ...others }: Overrides<T>,
    defaults: object,
  ): KubeObject {
    return {
      apiVersion,
      kind,
      metadata: { name, namespace: this.namespace, ...metadata },
      spec: { ...defaults, ...spec },
      ...others,
    }
  }
}

const core = `${clusterApiGroup}/${clusterApiVersion}`

export interface ClusterOverrides {
  readonly cluster?: Overrides<Cluster>
  readonly infrastructure?: Overrides<KataMetalCluster>
}

export interface MachineOptions {
  readonly cluster: string
  readonly controlPlane?: boolean
  readonly machine?: Overrides<Machine>
  readonly infrastructure?: Overrides<KataMetalMachine>
  /** Data of the bootstrap Secret instead of one that joins; base64. */
  readonly bootstrap?: Record<string, string>
  /** False names a bootstrap Secret that does not exist. */
  readonly bootstrapped?: boolean
}

interface Described {
  readonly state?: string
  readonly step?: string
  readonly phase?: string
  readonly conditions?: readonly { type: string; status: string; reason: string; message: string }[]
}

const describeObject = ({ kind, metadata, status }: KubeObject & { status?: Described }): string => {
  const { state, step, phase, conditions = [] } = status ?? {}
  const place = [state, step, phase].filter(Boolean).join(' ')
  const going = metadata.deletionTimestamp === undefined ? '' : ' (going)'
  return [
    `${kind} ${metadata.name}: ${place}${going}`,
    ...conditions
      .filter(condition => condition.status !== 'True' && condition.type !== 'Paused')
      .map(({ type, status: value, reason, message }) => `  ${type}=${value} ${reason}: ${message}`),
  ].join('\n')
}
