import type { Clock } from '../../base/clock.js'
import { sleep } from '../../base/clock.js'
import { type Logger, silentLogger } from '../../base/log.js'
import { scaled } from '../bmc/timings.js'
import { runAgent } from './agent.js'
import type { Board, BootSource, FirmwareFacts, PoweredMachine } from './board.js'
import { readBootMedium } from './boot-medium.js'
import { Disk, type DiskSpec } from './disk.js'
import { bootSystem } from './disk-boot.js'
import { joinNode, type NodeApi } from './join.js'
import { ServerJournal } from './server-journal.js'
import { defaultServerTimings, type ServerTimings } from './timings.js'

export interface SimulatedServerOptions {
  readonly name: string
  /** MAC address of the NIC that it boots from the network with. */
  readonly mac: string
  /** The first one is the boot disk, unless another one has an image. */
  readonly disks: readonly DiskSpec[]
  readonly clock: Clock
  readonly log?: Logger
  readonly timings?: Partial<ServerTimings>
  /** `GET <netbootURL>/<mac>` answers a boot medium or 404; without it network boot finds nothing. */
  readonly netbootURL?: string
  /** Takes the place of a real join over HTTPS. */
  readonly nodeApi?: NodeApi
}

/** What the server is doing. */
export type ServerState = 'off' | 'post' | 'setup' | 'no bootable device' | 'agent' | 'system' | 'halted'

/** The machine behind a BMC simulator: it posts, boots what it is told, and lives as deploy agent or installed system. */
export interface SimulatedServer extends PoweredMachine {
  readonly name: string
  readonly mac: string
  readonly state: ServerState
  readonly disks: readonly Disk[]
  readonly journal: ServerJournal
  /** What the processor offers, by the BIOS settings in force; undefined before there is a board. */
  readonly firmware: FirmwareFacts | undefined
  /** Where network boot asks; may be set after the deploy server has started. */
  netbootURL: string | undefined
  /** Makes the next start take longer by so many milliseconds, whatever the speed: memory training, a disk check. */
  delayNextPost(ms: number): void
}

export const createSimulatedServer = (options: SimulatedServerOptions): SimulatedServer => new Machine(options)

class Machine implements SimulatedServer {
  readonly name: string
  readonly mac: string
  readonly disks: readonly Disk[]
  readonly journal: ServerJournal
  netbootURL: string | undefined
  readonly #clock: Clock
  readonly #log: Logger
  readonly #timings: ServerTimings
  readonly #nodeApi: NodeApi
  #board: Board | undefined
  #state: ServerState = 'off'
  /** Aborted when power goes off. */
  #life = new AbortController()
  #postDelayMs = 0

  constructor(options: SimulatedServerOptions) {
    const { name, mac, disks, clock, log = silentLogger, timings, netbootURL, nodeApi = joinNode } = options
    this.name = name
    this.mac = mac
    this.disks = disks.map(spec => new Disk(spec))
    this.journal = new ServerJournal(clock)
    this.netbootURL = netbootURL
    this.#clock = clock
    this.#log = log.child({ server: name })
    this.#timings = scaled({ ...defaultServerTimings, ...timings })
    this.#nodeApi = nodeApi
  }

  get firmware(): FirmwareFacts | undefined {
    return this.#board?.firmware()
  }

  get state(): ServerState {
    return this.#state
  }

  attach(board: Board, on: boolean): void {
    this.#board = board
    this.#state = on ? 'no bootable device' : 'off'
  }

  delayNextPost(ms: number): void {
    this.#postDelayMs = ms
  }

  powerOn(): void {
    const board = this.#board
    if (board === undefined) return
    this.#life.abort()
    this.#life = new AbortController()
    const { signal } = this.#life
    this.#become('post')
    this.#live(board, signal).catch((error: unknown) => {
      if (!signal.aborted) this.#fail(error)
    })
  }

  powerOff(): void {
    this.#life.abort(new DOMException('power is off', 'AbortError'))
    this.#become('off')
  }

  pressPowerButton(): void {
    if (this.#state !== 'agent' && this.#state !== 'system') return
    const { signal } = this.#life
    this.journal.note('power button')
    this.#shutDown(signal).then(
      () => this.#halt(),
      () => undefined,
    )
  }

  async #live(board: Board, signal: AbortSignal): Promise<void> {
    board.postStarted()
    const post = this.#timings.post + this.#postDelayMs
    this.#postDelayMs = 0
    await this.journal.busy('post', () => sleep(this.#clock, post, signal))
    const source = board.postEnded()
    this.journal.note(`boots ${source.kind}`)
    await this.#boot(source, board, signal)
  }

  async #boot(source: BootSource, board: Board, signal: AbortSignal): Promise<void> {
    if (source.kind === 'setup') return this.#become('setup')
    const url = this.#mediumOf(source)
    const settings = url === undefined ? undefined : await this.#readMedium(url, signal)
    if (settings === undefined) {
      if (source.kind !== 'disk') this.journal.note(`nothing to boot from ${source.kind}`)
      return this.#bootDisk(board, signal)
    }
    await this.journal.busy('agent boot', () => sleep(this.#clock, this.#timings.agentBoot, signal))
    this.#become('agent')
    await runAgent(settings, {
      mac: this.mac,
      disks: this.disks,
      firmware: () => board.firmware(),
      clock: this.#clock,
      timings: this.#timings,
      journal: this.journal,
      signal,
    })
    await this.#shutDown(signal)
    this.#halt()
  }

  #shutDown(signal: AbortSignal): Promise<void> {
    return this.journal.busy('shutdown', () => sleep(this.#clock, this.#timings.shutdown, signal))
  }

  #mediumOf(source: BootSource): string | undefined {
    if (source.kind === 'cd' || source.kind === 'http') return source.url
    return source.kind === 'network' && this.netbootURL !== undefined ? `${this.netbootURL}/${this.mac}` : undefined
  }

  async #readMedium(url: string, signal: AbortSignal) {
    try {
      return await readBootMedium(url, signal)
    } catch (error) {
      signal.throwIfAborted()
      this.#log.debug({ err: error }, 'boot medium cannot be read')
      return undefined
    }
  }

  async #bootDisk(board: Board, signal: AbortSignal): Promise<void> {
    const disk = this.disks.find(({ installed }) => installed !== undefined)
    if (disk?.installed === undefined) {
      this.journal.note('no bootable device')
      return this.#become('no bootable device')
    }
    this.#become('system')
    await bootSystem(disk.installed, {
      disk,
      firmware: () => board.firmware(),
      nodeApi: this.#nodeApi,
      clock: this.#clock,
      timings: this.#timings,
      journal: this.journal,
      signal,
    })
  }

  #halt(): void {
    this.journal.note('halted')
    this.#become('halted')
    this.#board?.powerDown()
  }

  /** A fault of the simulated software: the server stands still, as a kernel panic would leave it. */
  #fail(error: unknown): void {
    this.journal.note('crashed')
    this.#log.error({ err: error }, 'simulated server crashed')
    this.#become('halted')
  }

  #become(state: ServerState): void {
    if (state !== this.#state) this.#log.debug({ state }, 'simulated server')
    this.#state = state
  }
}
