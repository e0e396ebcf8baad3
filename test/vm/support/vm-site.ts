import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { apiVersionOf } from '../../../api/kind.js'
import { type BareMetalHost, bareMetalHost, type HostState } from '../../../api/metal/bare-metal-host.js'
import { systemClock } from '../../../src/base/clock.js'
import { silentLogger } from '../../../src/base/log.js'
import { typeOf } from '../../../src/kube/resource-types.js'
import type { ResourceClient } from '../../../src/kube/types.js'
import { type BmcSimulator, startBmcSimulator } from '../../../src/lab/bmc/simulator.js'
import { objectAt } from '../../../src/lab/bmc/json.js'
import { buildPersona, type PersonaName } from '../../../src/lab/bmc/personas/personas.js'
import { type Lab, labNamespace, startLab } from '../../../src/lab/lab.js'
import {
  createQemuServer,
  guestLoopback,
  type QemuServer,
  type QemuServerOptions,
} from '../../../src/lab/qemu/qemu-server.js'
import { freePort, type ManagerProcess, startManagerProcess } from '../../bench/manager-process.js'
import { ramdiskFolder, tinyImage } from './build-images.js'
import { startVmImageServer, type VmImageServer } from './image-server.js'

export interface VmServerOptions extends Partial<QemuServerOptions> {
  readonly persona?: PersonaName
  /** More of BareMetalHost.spec. */
  readonly spec?: object
  /** The BMC has no virtual media and takes no boot URI: only PXE is left. */
  readonly networkBoot?: boolean
}

/** One QEMU server behind a BMC. */
export interface VmServer {
  readonly name: string
  readonly qemu: QemuServer
  readonly bmc: BmcSimulator
}

/** The real manager in a process of its own, the embedded API server, and servers in QEMU. */
export interface VmSite {
  readonly lab: Lab
  readonly hosts: ResourceClient<BareMetalHost>
  readonly images: VmImageServer
  readonly manager: ManagerProcess
  /** As servers see the image server. */
  imageURL(name: string): string
  /** The image with the tiny system: gzip-compressed, with its checksum. */
  readonly tiny: { readonly url: string; readonly checksum: string; readonly raw: Buffer }
  addServer(name: string, options?: VmServerOptions): Promise<VmServer>
  startManager(): Promise<void>
  /** Kills the manager; `startManager` starts the next one at the same address. */
  killManager(): Promise<void>
  patchSpec(name: string, spec: object): Promise<void>
  host(name: string): Promise<BareMetalHost>
  until<T>(what: string, look: () => Promise<T | undefined | false>, ms?: number): Promise<T>
  untilHost(name: string, what: string, test: (host: BareMetalHost) => boolean, ms?: number): Promise<BareMetalHost>
  untilState(name: string, state: HostState, ms?: number): Promise<BareMetalHost>
  console(name: string): Promise<string>
  stop(): Promise<void>
}

/** Emulated servers on a busy machine are slow; nothing waits this long when all is well. */
const patienceMs = 280_000

export interface VmSiteOptions {
  /** Where the deploy server listens and how guests reach it; QEMU's own network when absent. */
  readonly address?: string
  readonly managerFlags?: readonly string[]
}

export const startVmSite = async (options: VmSiteOptions = {}): Promise<VmSite> => {
  const folder = await mkdtemp(join(tmpdir(), 'katametal-vm-'))
  const lab = await startLab({
    folder: join(folder, 'lab'),
    hosts: 0,
    machines: 0,
    speed: 50,
    firmwareProfile: 'none',
    manager: false,
    clock: systemClock,
    log: silentLogger,
  })
  const images = await startVmImageServer(options.address)
  const raw = await readFile(tinyImage)
  const packed = gzipSync(raw, { level: 1 })
  images.files.set('/tiny.raw.gz', packed)
  const site = new Site(folder, lab, images, raw, packed, options)
  try {
    await site.startManager()
  } catch (error) {
    await site.stop()
    throw error
  }
  return site
}

class Site implements VmSite {
  readonly lab: Lab
  readonly hosts: ResourceClient<BareMetalHost>
  readonly images: VmImageServer
  readonly tiny: VmSite['tiny']
  readonly #folder: string
  readonly #options: VmSiteOptions
  readonly #servers = new Map<string, VmServer>()
  #manager: ManagerProcess | undefined
  #port = 0

  constructor(folder: string, lab: Lab, images: VmImageServer, raw: Buffer, packed: Buffer, options: VmSiteOptions) {
    this.#folder = folder
    this.#options = options
    this.lab = lab
    this.images = images
    this.hosts = lab.client.resource<BareMetalHost>(typeOf(bareMetalHost))
    this.tiny = {
      raw,
      url: this.imageURL('tiny.raw.gz'),
      checksum: createHash('sha256').update(packed).digest('hex'),
    }
  }

  get manager(): ManagerProcess {
    if (this.#manager === undefined) throw new Error('no manager runs')
    return this.#manager
  }

  imageURL(name: string): string {
    return `http://${this.#options.address ?? guestLoopback}:${this.images.port}/${name}`
  }

  async startManager(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort()
    const { address, managerFlags = [] } = this.#options
    this.#manager = await startManagerProcess({
      kubeconfig: this.lab.managerKubeconfigPath,
      bootImage: ramdiskFolder,
      deployAddress: `${address ?? '127.0.0.1'}:${this.#port}`,
      flags: [
        ...['--advertised-url', `https://${address ?? guestLoopback}:${this.#port}`, '--no-leader-elect'],
        ...['--own-namespace', 'katametal-system', ...managerFlags],
      ],
    })
  }

  async killManager(): Promise<void> {
    await this.#manager?.kill()
    this.#manager = undefined
  }

  async addServer(name: string, options: VmServerOptions = {}): Promise<VmServer> {
    const { persona = 'dell', spec = {}, networkBoot = false, ...qemuOptions } = options
    const number = this.#servers.size + 1
    const qemu = await createQemuServer({
      name,
      uuid: randomUUID(),
      mac: `52:54:00:77:00:0${number}`,
      folder: join(this.#folder, name),
      ...qemuOptions,
    })
    const bmc = await startBmcSimulator({
      persona: networkBoot ? withoutMedia(persona) : persona,
      credentials: { username: 'admin', password: 'secret-of-the-bmc' },
      clock: systemClock,
      server: qemu,
      tls: false,
      timings: { speed: 10 },
    })
    const server = { name, qemu, bmc }
    this.#servers.set(name, server)
    for (const manifest of manifestsOf(server, spec)) this.lab.api.applyManifest(manifest)
    return server
  }

  async patchSpec(name: string, spec: object): Promise<void> {
    await this.hosts.mergePatch(labNamespace, name, { spec })
  }

  host(name: string): Promise<BareMetalHost> {
    return this.hosts.get(labNamespace, name)
  }

  async until<T>(what: string, look: () => Promise<T | undefined | false>, ms = patienceMs): Promise<T> {
    const end = Date.now() + ms
    for (;;) {
      const seen = await look()
      if (seen !== undefined && seen !== false) return seen
      if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}\n${await this.#describe()}`)
      await pause(100)
    }
  }

  untilHost(name: string, what: string, test: (host: BareMetalHost) => boolean, ms?: number): Promise<BareMetalHost> {
    return this.until(
      `host ${name}: ${what}`,
      async () => {
        const host = await this.hosts.find(labNamespace, name)
        return host !== undefined && test(host) && host
      },
      ms,
    )
  }

  untilState(name: string, state: HostState, ms?: number): Promise<BareMetalHost> {
    return this.untilHost(name, `state ${state}`, ({ status }) => status?.state === state, ms)
  }

  async console(name: string): Promise<string> {
    const path = this.#servers.get(name)?.qemu.consoleFile ?? ''
    return readFile(path, 'latin1').catch(() => '')
  }

  async stop(): Promise<void> {
    await this.#manager?.stop()
    for (const { bmc, qemu } of this.#servers.values()) {
      await bmc.stop()
      await qemu.stop()
    }
    await this.images.stop()
    await this.lab.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #describe(): Promise<string> {
    const parts = [`manager:\n${this.#manager?.tail() ?? 'none'}`]
    for (const { name, qemu } of this.#servers.values()) {
      const host = await this.hosts.find(labNamespace, name)
      parts.push(`host ${name}: ${JSON.stringify(host?.status, null, 1)}`)
      parts.push(`boots: ${qemu.boots.join(' ')}\n${(await this.console(name)).slice(-3000)}`)
    }
    return parts.join('\n')
  }
}

/** A persona whose resources show neither virtual media nor a boot URI. */
const withoutMedia = (persona: PersonaName) => {
  const { tree, behaviour } = buildPersona(persona)
  for (const { path, body } of [...tree.entries()]) {
    if (body === undefined || !('VirtualMedia' in body || 'Boot' in body)) continue
    const { VirtualMedia: _, ...rest } = body
    const { HttpBootUri: __, ...boot } = objectAt(body, 'Boot')
    tree.update(path, () => ('Boot' in body ? { ...rest, Boot: boot } : rest))
  }
  return { tree, behaviour }
}

const manifestsOf = ({ name, bmc, qemu }: VmServer, spec: object): object[] => [
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `${name}-bmc`, namespace: labNamespace },
    stringData: { username: 'admin', password: 'secret-of-the-bmc' },
  },
  {
    apiVersion: apiVersionOf(bareMetalHost),
    kind: bareMetalHost.kind,
    metadata: { name, namespace: labNamespace },
    spec: {
      bmc: {
        address: bmc.address,
        credentialsName: `${name}-bmc`,
      },
      bootMACAddress: qemu.mac,
      bootMode: 'UEFI',
      ...spec,
    },
  },
]
