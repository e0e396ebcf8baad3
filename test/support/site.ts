import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Machine } from '../../api/cluster-api.js'
import { type KataMetalMachine, kataMetalMachine } from '../../api/infrastructure/kata-metal-machine.js'
import type { KubeObject } from '../../api/meta.js'
import { type BareMetalHost, bareMetalHost, type HostState } from '../../api/metal/bare-metal-host.js'
import { systemClock } from '../../src/base/clock.js'
import { type Logger, silentLogger } from '../../src/base/log.js'
import type { Checkpoint } from '../../src/controllers/host/ports.js'
import { machines, typeOf } from '../../src/kube/resource-types.js'
import type { ResourceClient } from '../../src/kube/types.js'
import { type ApiServer, startApiServer } from '../../src/lab/apiserver/api-server.js'
import type { PersonaName } from '../../src/lab/bmc/personas/personas.js'
import type { ResourceTree } from '../../src/lab/bmc/resource-tree.js'
import type { FleetMachine } from '../../src/lab/fleet.js'
import { type Lab, labNamespace, startLab, startLabManager } from '../../src/lab/lab.js'
import type { Manager } from '../../src/main.js'
import { describeSite } from './site-report.js'

export interface SiteOptions {
  /** One server for each; one Dell-like server when neither these nor trees are given. */
  readonly personas?: readonly PersonaName[]
  /** Servers by their trees instead. */
  readonly trees?: readonly { readonly name: string; readonly tree: ResourceTree }[]
  /** Machines of Cluster `edge`; 0 when absent. The first is `edge-control-plane`, then `edge-worker-1` and so on. */
  readonly machines?: number
  /** 50 when absent. */
  readonly speed?: number
  /** Before each answer of a BMC, in milliseconds of real machines; none when absent. */
  readonly bmcLatency?: number
  /** `kata` when absent. */
  readonly firmwareProfile?: string
  /** Changes what is applied; undefined leaves a manifest out. */
  readonly adapt?: (manifest: KubeObject) => object | undefined
  /** False starts the site without a manager. */
  readonly manager?: boolean
  /** Of the first manager. */
  readonly checkpoint?: Checkpoint
  readonly log?: Logger
}

/** The whole lab at high speed, its managers in the hands of the test. */
export interface Site {
  readonly lab: Lab
  /** The API server that runs now. */
  readonly api: ApiServer
  readonly hosts: ResourceClient<BareMetalHost>
  readonly machines: ResourceClient<Machine>
  readonly kataMetalMachines: ResourceClient<KataMetalMachine>
  /** Names of the hosts. */
  readonly names: readonly string[]
  /** The manager that runs now, if one does. */
  readonly manager: Manager | undefined
  /** Starts the next manager, at the address of the first; the present one must be stopped. */
  startManager(checkpoint?: Checkpoint): Promise<Manager>
  /** Stops the manager, whatever it is doing. */
  stopManager(): Promise<void>
  /** The API server goes away, stays away for `downMs` and comes back with its data. */
  restartApiServer(downMs?: number): Promise<void>
  /** The simulated server of a host, with its BMC. */
  server(name: string): FleetMachine
  host(name: string): Promise<BareMetalHost>
  /** Waits for a host that passes; `what` says for people what is awaited. */
  untilHost(name: string, what: string, test: (host: BareMetalHost) => boolean, ms?: number): Promise<BareMetalHost>
  untilState(name: string, state: HostState, ms?: number): Promise<BareMetalHost>
  untilPhase(machine: string, phase: string, ms?: number): Promise<Machine>
  /** Waits until `look` returns something other than undefined or false; fails with a description of the whole site. */
  until<T>(what: string, look: () => Promise<T | undefined | false> | T | undefined | false, ms?: number): Promise<T>
  /** Waits for a promise; fails with a description of the whole site when it takes too long. */
  untilSettled<T>(what: string, promise: Promise<T> | undefined, ms?: number): Promise<void>
  /** Hosts, Machines and journals, for people. */
  describe(): Promise<string>
  stop(): Promise<void>
}

/** Long enough for a busy machine, short enough for a test. */
const patienceMs = 30_000
/** A server that missed its boot medium, because the manager was away, is booted again after this. */
const agentPatienceMs = 3_000

export const startSite = async (options: SiteOptions = {}): Promise<Site> => {
  const { personas = ['dell'], trees, log = silentLogger } = options
  const lab = await startLab({
    folder: await mkdtemp(join(tmpdir(), 'katametal-site-')),
    hosts: personas.length,
    ...(trees === undefined ? { personas } : { trees }),
    machines: options.machines ?? 0,
    speed: options.speed ?? 50,
    ...(options.bmcLatency === undefined ? {} : { bmcLatency: options.bmcLatency }),
    firmwareProfile: options.firmwareProfile ?? 'kata',
    ...(options.adapt === undefined ? {} : { adapt: options.adapt }),
    manager: false,
    clock: systemClock,
    log,
  })
  const site = new RunningSite(lab, log)
  try {
    if (options.manager !== false) await site.startManager(options.checkpoint)
  } catch (error) {
    await site.stop()
    throw error
  }
  return site
}

class RunningSite implements Site {
  readonly lab: Lab
  readonly hosts: ResourceClient<BareMetalHost>
  readonly machines: ResourceClient<Machine>
  readonly kataMetalMachines: ResourceClient<KataMetalMachine>
  readonly #log: Logger
  #api: ApiServer
  #manager: Manager | undefined
  #deployPort = 0

  constructor(lab: Lab, log: Logger) {
    this.lab = lab
    this.#log = log
    this.#api = lab.api
    this.hosts = lab.client.resource<BareMetalHost>(typeOf(bareMetalHost))
    this.machines = lab.client.resource<Machine>(machines)
    this.kataMetalMachines = lab.client.resource<KataMetalMachine>(typeOf(kataMetalMachine))
  }

  get api(): ApiServer {
    return this.#api
  }

  get manager(): Manager | undefined {
    return this.#manager
  }

  get names(): readonly string[] {
    return this.lab.fleet.machines.map(({ name }) => name)
  }

  async startManager(checkpoint?: Checkpoint): Promise<Manager> {
    if (this.#manager !== undefined) throw new Error('a manager runs already')
    const manager = await startLabManager(this.#api, this.lab.fleet, {
      clock: systemClock,
      log: this.#log,
      deployPort: this.#deployPort,
      agentPatienceMs,
      ...(checkpoint === undefined ? {} : { checkpoint }),
    })
    this.#deployPort = Number(new URL(manager.deployURL() ?? '').port)
    this.#manager = manager
    return manager
  }

  async stopManager(): Promise<void> {
    const manager = this.#manager
    this.#manager = undefined
    await manager?.stop()
  }

  async restartApiServer(downMs = 100): Promise<void> {
    const { storage, port } = this.#api
    await this.#api.stop()
    await pause(downMs)
    this.#api = await startApiServer({ storage, port, clock: systemClock, log: this.#log, rbac: true })
  }

  server(name: string): FleetMachine {
    const found = this.lab.fleet.machines.find(machine => machine.name === name)
    if (found === undefined) throw new Error(`no server ${name}; there are ${this.names.join(', ')}`)
    return found
  }

  host(name: string): Promise<BareMetalHost> {
    return this.hosts.get(labNamespace, name)
  }

  untilHost(name: string, what: string, test: (host: BareMetalHost) => boolean, ms?: number): Promise<BareMetalHost> {
    return this.until(`host ${name}: ${what}`, () => this.#passing(this.hosts, name, test), ms)
  }

  untilState(name: string, state: HostState, ms?: number): Promise<BareMetalHost> {
    return this.untilHost(name, `state ${state}`, ({ status }) => status?.state === state, ms)
  }

  untilPhase(machine: string, phase: string, ms?: number): Promise<Machine> {
    return this.until(
      `machine ${machine}: phase ${phase}`,
      () => this.#passing(this.machines, machine, ({ status }) => status?.phase === phase),
      ms,
    )
  }

  async until<T>(
    what: string,
    look: () => Promise<T | undefined | false> | T | undefined | false,
    ms = patienceMs,
  ): Promise<T> {
    const end = Date.now() + ms
    for (;;) {
      const seen = await look()
      if (seen !== undefined && seen !== false) return seen
      if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}\n${await this.describe()}`)
      await pause(30)
    }
  }

  async untilSettled<T>(what: string, promise: Promise<T> | undefined, ms?: number): Promise<void> {
    let settled = false
    const settling = Promise.resolve(promise).finally(() => (settled = true))
    await Promise.race([settling, this.until(what, () => settled, ms)])
  }

  describe(): Promise<string> {
    return describeSite(this)
  }

  async stop(): Promise<void> {
    await this.stopManager()
    if (this.#api !== this.lab.api) await this.#api.stop()
    await this.lab.stop()
  }

  async #passing<T extends KubeObject>(
    client: ResourceClient<T>,
    name: string,
    test: (object: T) => boolean,
  ): Promise<T | undefined> {
    const found = await client.find(labNamespace, name)
    return found !== undefined && test(found) ? found : undefined
  }
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
