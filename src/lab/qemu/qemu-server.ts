import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Logger, silentLogger } from '../../base/log.js'
import type { Board, BootSource, FirmwareFacts, PoweredMachine } from '../server/board.js'
import { commandLine, type QemuDisk, type QemuMachine, type QemuNetwork, uefiVariables } from './command-line.js'
import { fetchMedium } from './fetch-medium.js'
import { Qmp } from './qmp.js'

export interface QemuServerOptions {
  readonly name: string
  readonly uuid: string
  readonly mac: string
  /** Disks, NVRAM, console and media of the server are kept here. */
  readonly folder: string
  /** UEFI when absent. */
  readonly firmware?: 'UEFI' | 'BIOS'
  /** 1024 when absent. */
  readonly memoryMiB?: number
  /** 1 when absent. */
  readonly cpus?: number
  /** One of 8 GiB on virtio when absent. */
  readonly disks?: readonly {
    readonly sizeBytes: number
    readonly bus: QemuDisk['bus']
    readonly serialNumber?: string
  }[]
  /** `user` when absent. */
  readonly network?: QemuNetwork
  /** QEMU's -cpu for what the BIOS settings say; AMD, as TCG has no VMX. */
  readonly cpu?: (firmware: FirmwareFacts) => string
  /** The address under which this machine, not the guest, reaches what is behind a URL. */
  readonly reachable?: (url: string) => string
  readonly log?: Logger
}

/** A real server in QEMU behind a BMC simulator. */
export interface QemuServer extends PoweredMachine {
  readonly name: string
  readonly mac: string
  /** Raw files, in the order of the options. */
  readonly diskPaths: readonly string[]
  readonly consoleFile: string
  /** The process that runs now. */
  readonly pid: number | undefined
  /** What was booted, oldest first. */
  readonly boots: readonly BootSource['kind'][]
  /** A power cut: QEMU is killed, and the BMC sees it. */
  cutPower(): void
  /** Ends the process and waits for it. */
  stop(): Promise<void>
}

const gibibyte = 1024 ** 3

/** QEMU maps the loopback of this machine to 10.0.2.2 for guests of its own network. */
export const guestLoopback = '10.0.2.2'
const byLoopback = (url: string): string => url.replace(`//${guestLoopback}:`, '//127.0.0.1:')

const amdCpu = ({ vtx }: FirmwareFacts): string => (vtx ? 'EPYC' : 'EPYC,-svm')

/** Makes disks and NVRAM where there are none yet; the server is off. */
export const createQemuServer = async (options: QemuServerOptions): Promise<QemuServer> => {
  const { folder, name, disks = [{ sizeBytes: 8 * gibibyte, bus: 'virtio' }] } = options
  await mkdir(folder, { recursive: true })
  const files = disks.map(({ bus, serialNumber }, index) => ({
    bus,
    path: join(folder, `disk${index}.raw`),
    serialNumber: serialNumber ?? `${name}-${index}`.slice(0, 20),
  }))
  for (const [index, { path }] of files.entries()) await ensureFile(path, disks[index]?.sizeBytes ?? 0)
  const variablesFile = join(folder, 'variables.fd')
  if (options.firmware !== 'BIOS' && !(await isThere(variablesFile))) await copyFile(uefiVariables, variablesFile)
  return new Server(options, {
    name,
    uuid: options.uuid,
    mac: options.mac,
    firmware: options.firmware ?? 'UEFI',
    memoryMiB: options.memoryMiB ?? 1024,
    cpus: options.cpus ?? 1,
    disks: files,
    network: options.network ?? { kind: 'user' },
    consoleFile: join(folder, 'console.log'),
    variablesFile,
  })
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const ensureFile = async (path: string, bytes: number): Promise<void> => {
  const file = await open(path, 'a')
  await file.truncate(bytes)
  await file.close()
}

/** Changes while one waits, which the compiler does not see. */
const isOver = (signal: AbortSignal): boolean => signal.aborted

/** How a run of QEMU ended. */
type Ending = 'restart' | 'shutdown' | 'killed'

class Server implements QemuServer {
  readonly name: string
  readonly mac: string
  readonly consoleFile: string
  readonly diskPaths: readonly string[]
  readonly boots: BootSource['kind'][] = []
  readonly #options: QemuServerOptions
  readonly #machine: QemuMachine
  readonly #log: Logger
  #board: Board | undefined
  #process: ChildProcess | undefined
  #qmp: Qmp | undefined
  /** Aborted when power goes off. */
  #life = new AbortController()
  #living: Promise<void> = Promise.resolve()

  constructor(options: QemuServerOptions, machine: QemuMachine) {
    this.name = options.name
    this.mac = options.mac
    this.consoleFile = machine.consoleFile
    this.diskPaths = machine.disks.map(({ path }) => path)
    this.#options = options
    this.#machine = machine
    this.#log = (options.log ?? silentLogger).child({ server: options.name })
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  attach(board: Board): void {
    this.#board = board
  }

  powerOn(): void {
    const board = this.#board
    if (board === undefined) return
    this.#life.abort()
    this.#life = new AbortController()
    const { signal } = this.#life
    const before = this.#living
    this.#living = before
      .then(() => this.#live(board, signal))
      .catch((error: unknown) => {
        if (!signal.aborted) this.#log.error({ err: error }, 'the QEMU server stands still')
      })
  }

  powerOff(): void {
    this.#life.abort()
    this.#process?.kill('SIGKILL')
  }

  pressPowerButton(): void {
    this.#qmp?.command('system_powerdown').catch(() => undefined)
  }

  cutPower(): void {
    this.#process?.kill('SIGKILL')
  }

  async stop(): Promise<void> {
    this.powerOff()
    await this.#living
  }

  /** From power on until power off; every restart chooses its boot source anew. */
  async #live(board: Board, signal: AbortSignal): Promise<void> {
    for (;;) {
      board.postStarted()
      const source = board.postEnded()
      this.boots.push(source.kind)
      const medium = await this.#medium(source, signal)
      if (isOver(signal)) return
      const ending = await this.#run(source, medium, this.#cpu(board))
      this.#log.debug({ ending }, 'QEMU ended')
      if (isOver(signal)) return
      if (ending !== 'restart') return board.powerDown()
    }
  }

  #cpu(board: Board): string {
    return (this.#options.cpu ?? amdCpu)(board.firmware())
  }

  /** The file that is in the drive; undefined when it cannot be fetched: then there is nothing to boot from. */
  async #medium(source: BootSource, signal: AbortSignal): Promise<string | undefined> {
    if (source.kind !== 'cd') return undefined
    const path = join(this.#options.folder, 'cd.iso')
    try {
      await fetchMedium((this.#options.reachable ?? byLoopback)(source.url), path, signal)
      return path
    } catch (error) {
      this.#log.warn({ err: error }, 'the boot medium cannot be read')
      return undefined
    }
  }

  async #run(source: BootSource, medium: string | undefined, cpu: string): Promise<Ending> {
    const [program = '', ...words] = commandLine(this.#machine, cpu, source, medium)
    this.#log.debug({ source: source.kind, cpu }, 'QEMU starts')
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] })
    let ending: Ending = 'killed'
    this.#qmp = new Qmp(child.stdout, child.stdin, ({ event, data }) => {
      if (event === 'SHUTDOWN') ending = data?.['reason'] === 'guest-reset' ? 'restart' : 'shutdown'
    })
    this.#process = child
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000)
    })
    try {
      const [code] = (await once(child, 'close')) as [number | null]
      if (code !== null && code !== 0) this.#log.error({ said }, 'QEMU failed')
      return ending
    } finally {
      this.#process = undefined
      this.#qmp = undefined
    }
  }
}
