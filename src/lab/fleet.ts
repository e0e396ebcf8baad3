import { randomBytes } from 'node:crypto'
import type { KubeObject } from '../../api/meta.js'
import { type BareMetalHostSpec, bareMetalHost } from '../../api/metal/bare-metal-host.js'
import { apiVersionOf } from '../../api/kind.js'
import { createAuthority, type KeyPair } from '../base/certificates.js'
import type { Clock } from '../base/clock.js'
import { type Logger, silentLogger } from '../base/log.js'
import type { Behaviour } from './bmc/behaviour.js'
import { textAt } from './bmc/json.js'
import { findParts, type Parts } from './bmc/parts.js'
import { macOf } from './bmc/personas/identity.js'
import { buildPersona, type PersonaName, personaNames } from './bmc/personas/personas.js'
import type { ResourceTree } from './bmc/resource-tree.js'
import { type BmcSimulator, startBmcSimulator } from './bmc/simulator.js'
import type { BmcTimings } from './bmc/timings.js'
import type { DiskSpec } from './server/disk.js'
import type { NodeApi } from './server/join.js'
import { createSimulatedServer, type SimulatedServer } from './server/simulated-server.js'
import type { ServerTimings } from './server/timings.js'

export interface FleetOptions {
  /** So many servers, taking turns through `personas` (all of ours when absent). */
  readonly count?: number
  readonly personas?: readonly PersonaName[]
  /** Instead of personas: one server for each captured tree. */
  readonly trees?: readonly { readonly name: string; readonly tree: ResourceTree }[]
  readonly clock: Clock
  readonly log?: Logger
  /** Namespace of the manifests. */
  readonly namespace: string
  readonly bmcTimings?: Partial<BmcTimings>
  readonly serverTimings?: Partial<ServerTimings>
  /** See {@link SimulatedServer.netbootURL}. */
  readonly netbootURL?: string
  readonly nodeApi?: NodeApi
}

/** One simulated server with its BMC and the manifests that make it known. */
export interface FleetMachine {
  readonly name: string
  readonly bmc: BmcSimulator
  readonly server: SimulatedServer
  readonly password: string
  readonly host: KubeObject & { spec: Partial<BareMetalHostSpec> & Pick<BareMetalHostSpec, 'bmc'> }
  readonly secret: KubeObject & { type: string; stringData: { username: string; password: string } }
}

export interface Fleet {
  readonly machines: readonly FleetMachine[]
  /** Secrets and BareMetalHosts of all machines, in the order in which to apply them. */
  readonly manifests: readonly KubeObject[]
  /** Switches everything off and closes all ports. */
  stop(): Promise<void>
}

/** Starts simulated servers and their BMCs, each with a password of its own; one authority signs all certificates. */
export const startFleet = async (options: FleetOptions): Promise<Fleet> => {
  const authority = await createAuthority('lab bmc authority', Date.now())
  const machines = await Promise.all(sourcesOf(options).map(source => startMachine(source, authority, options)))
  return {
    machines,
    manifests: machines.flatMap(({ secret, host }) => [secret, host]),
    stop: async () => {
      await Promise.all(machines.map(({ bmc }) => bmc.stop()))
    },
  }
}

interface Source {
  readonly name: string
  readonly kind: string
  readonly index: number
  readonly tree: ResourceTree
  readonly behaviour?: Partial<Behaviour>
}

const sourcesOf = ({ count = 0, personas = personaNames, trees }: FleetOptions): Source[] =>
  trees?.map(({ name, tree }, index) => ({ name, kind: name, index, tree })) ??
  Array.from({ length: count }, (_, index) => {
    const kind = personas[index % personas.length] ?? 'dell'
    return { name: `${kind}-${index}`, kind, index, ...buildPersona(kind, { index }) }
  })

const startMachine = async (source: Source, authority: KeyPair, options: FleetOptions): Promise<FleetMachine> => {
  const { name, index, tree, behaviour = {} } = source
  const { clock, log = silentLogger, bmcTimings, serverTimings, netbootURL, nodeApi } = options
  const parts = findParts(tree)
  const server = createSimulatedServer({
    name,
    mac: bootMacOf(tree, parts) ?? macOf({ index }, 0),
    disks: disksOf(tree, parts),
    clock,
    log,
    ...(serverTimings === undefined ? {} : { timings: serverTimings }),
    ...(netbootURL === undefined ? {} : { netbootURL }),
    ...(nodeApi === undefined ? {} : { nodeApi }),
  })
  const password = randomBytes(12).toString('base64url')
  const bmc = await startBmcSimulator({
    persona: { tree, behaviour },
    credentials: { username: 'admin', password },
    clock,
    log: log.child({ bmc: name }),
    server,
    tls: { authority },
    ...(bmcTimings === undefined ? {} : { timings: bmcTimings }),
  })
  return { name, bmc, server, password, ...manifestsOf(source, bmc, server, password, options.namespace) }
}

const manifestsOf = (
  { name, kind }: Source,
  bmc: BmcSimulator,
  server: SimulatedServer,
  password: string,
  namespace: string,
): Pick<FleetMachine, 'host' | 'secret'> => {
  const credentialsName = `${name}-bmc`
  return {
    secret: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: credentialsName, namespace },
      type: 'Opaque',
      stringData: { username: 'admin', password },
    },
    host: {
      apiVersion: apiVersionOf(bareMetalHost),
      kind: bareMetalHost.kind,
      metadata: { name, namespace, labels: { 'lab.katametal/persona': kind } },
      spec: {
        bmc: { address: bmc.address, credentialsName, fingerprint: bmc.fingerprint },
        bootMACAddress: server.mac,
        bootMode: 'UEFI',
      },
    },
  }
}

/** The first usable MAC address that the BMC shows. */
const bootMacOf = (tree: ResourceTree, parts: Parts): string | undefined =>
  parts.ethernet
    .flatMap(path => textAt(tree.body(path), 'MACAddress') ?? [])
    .map(mac => mac.toLowerCase())
    .find(mac => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) && mac !== '00:00:00:00:00:00')

/** The drives that the BMC shows, as a running system names them; one of 480 GB when it shows none. */
const disksOf = (tree: ResourceTree, parts: Parts): DiskSpec[] => {
  const drives = parts.drives
    .map(path => tree.body(path))
    .filter(body => typeof body?.['CapacityBytes'] === 'number')
    .slice(0, 26)
  if (drives.length === 0) return [{ deviceName: '/dev/sda', sizeBytes: 480_000_000_000, rotational: false }]
  return drives.map((body, index) => ({
    deviceName: `/dev/sd${String.fromCharCode(97 + index)}`,
    sizeBytes: Number(body?.['CapacityBytes']),
    rotational: textAt(body, 'MediaType') === 'HDD',
    ...named('model', textAt(body, 'Model')),
    ...named('vendor', textAt(body, 'Manufacturer')),
    ...named('serialNumber', textAt(body, 'SerialNumber')),
  }))
}

const named = (key: 'model' | 'vendor' | 'serialNumber', value: string | undefined): Partial<DiskSpec> =>
  value === undefined || value === '' ? {} : { [key]: value.trim() }
