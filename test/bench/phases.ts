import type { Machine } from '../../api/cluster-api.js'
import { type BareMetalHost, bareMetalHost } from '../../api/metal/bare-metal-host.js'
import { machines, typeOf } from '../../src/kube/resource-types.js'
import { labCluster } from '../../src/lab/lab-cluster.js'
import { labNamespace } from '../../src/lab/lab.js'
import { spanOf } from './host-log.js'
import { idleMs } from './idle.js'
import { type Spread, spreadOf } from './statistics.js'
import { pause, until } from './wait.js'
import type { World } from './world.js'

/** How long anything may take before the run counts as failed. */
export interface Patience {
  readonly phaseMs: number
}

export interface Throughput {
  readonly hosts: number
  readonly seconds: number
  readonly perMinute: number
  /** How long one host took, and for how much of that nobody worked for it; milliseconds. */
  readonly life: Spread
  readonly idle: Spread
  readonly apiRequestsPerHost: number
  readonly bmcRequestsPerHost: number
  readonly objectWritesPerHost: number
  /** Of the manager; seconds and milliseconds. */
  readonly cpuSeconds: number
  readonly eventLoopLagP99Ms: number
}

/** All hosts from their manifests to Available, with a change of the firmware and a restart where one is needed. */
export const becomeAvailable = async (world: World, { phaseMs }: Patience): Promise<Throughput> => {
  const began = Date.now()
  const count = counting(world)
  world.applyHosts()
  await until('all hosts to be Available', phaseMs, () => allIn(world, 'Available'), world.describe)
  const names = [...world.hosts.keys()]
  return throughput(world, await count(names), began, names, 'Discovering', 'Available')
}

/** So many Machines at once, from their manifests to Running. */
export const provision = async (world: World, wanted: number, { phaseMs }: Patience): Promise<Throughput> => {
  const { lab, hosts } = world
  const began = Date.now()
  const count = counting(world)
  for (const manifest of labCluster({ machines: wanted, image: lab.images.image, namespace: labNamespace }))
    lab.api.applyManifest(manifest)
  const table = `${machines.group}/${machines.plural}`
  const running = () =>
    lab.api.storage.list(table).filter(object => (object as unknown as Machine).status?.phase === 'Running').length
  await until(`${wanted} Machines to be Running`, phaseMs, () => running() === wanted, world.describe)
  const used = [...hosts].filter(([, { latest }]) => latest.spec.consumerRef !== undefined).map(([name]) => name)
  await until('their hosts to be InService', phaseMs, () => allIn(world, 'InService', used), world.describe)
  return throughput(world, await count(used), began, used, 'Provisioning', 'InService')
}

/** Asks for another power state of some hosts at once: how long until their BMCs are asked, in milliseconds. */
export const react = async (world: World, edited: number, { phaseMs }: Patience): Promise<Spread> => {
  const client = world.lab.client.resource<BareMetalHost>(typeOf(bareMetalHost))
  const chosen = world.lab.fleet.machines.slice(0, edited)
  const began = new Map<string, number>()
  await Promise.all(
    chosen.map(({ name, bmc }) => {
      began.set(name, Date.now())
      return client.mergePatch(labNamespace, name, { spec: { online: bmc.power === 'Off' } })
    }),
  )
  const asked = ({ name, bmc }: (typeof chosen)[number]) =>
    bmc.journal.events.find(({ time, what }) => time >= (began.get(name) ?? 0) && /^power [A-Z]/.test(what))?.time
  await until('the edited hosts to be switched', phaseMs, () => chosen.every(one => asked(one)), world.describe)
  return spreadOf(chosen.map(one => (asked(one) ?? 0) - (began.get(one.name) ?? 0)))
}

export interface Quiet {
  readonly seconds: number
  readonly bmcRequestsPerHostAndMinute: number
  readonly apiRequestsPerMinute: number
  readonly cpuPercent: number
}

/** What the manager does while nothing happens, once everything that happened is told (Events are written beside). */
export const beQuiet = async (world: World, seconds: number, { phaseMs }: Patience): Promise<Quiet> => {
  await until('an end of all writes', phaseMs, () => Date.now() - world.lastWrite() > 1000, world.describe)
  const count = counting(world)
  await pause(seconds * 1000)
  const { bmcRequests, apiRequests, cpuSeconds } = await count([...world.hosts.keys()])
  return {
    seconds,
    bmcRequestsPerHostAndMinute: (bmcRequests / world.hosts.size / seconds) * 60,
    apiRequestsPerMinute: (apiRequests / seconds) * 60,
    cpuPercent: (cpuSeconds / seconds) * 100,
  }
}

interface Counts {
  readonly apiRequests: number
  readonly cpuSeconds: number
  /** Since the count before. */
  readonly eventLoopLagP99Ms: number
  /** To the BMCs of the hosts asked for. */
  readonly bmcRequests: number
  /** Of the objects of the hosts asked for. */
  readonly writes: number
}

/** Begins to count; the returned function tells what has come together since, for the hosts of these names. */
const counting = (world: World): ((names: readonly string[]) => Promise<Counts>) => {
  const [requests, writes] = [bmcRequests(world), objectWrites(world)]
  const before = world.manager.usage()
  return async names => {
    const [first, last] = [await before, await world.manager.usage()]
    return {
      apiRequests: last.apiRequests - first.apiRequests,
      cpuSeconds: last.cpuSeconds - first.cpuSeconds,
      eventLoopLagP99Ms: last.eventLoopLagP99Ms,
      bmcRequests: grown(requests, bmcRequests(world), names),
      writes: grown(writes, objectWrites(world), names),
    }
  }
}

const bmcRequests = ({ lab }: World): ReadonlyMap<string, number> =>
  new Map(lab.fleet.machines.map(({ name, bmc }) => [name, bmc.journal.requests.length]))

const objectWrites = ({ hosts }: World): ReadonlyMap<string, number> =>
  new Map([...hosts].map(([name, { writes }]) => [name, writes]))

const grown = (
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  names: readonly string[],
): number => names.reduce((sum, name) => sum + (after.get(name) ?? 0) - (before.get(name) ?? 0), 0)

const throughput = (
  world: World,
  counts: Counts,
  began: number,
  names: readonly string[],
  first: string,
  last: string,
): Throughput => {
  const timelines = new Map(world.timelines().map(timeline => [timeline.host, timeline]))
  const lives = names.flatMap(name => {
    const log = world.hosts.get(name)
    const timeline = timelines.get(name)
    const span = log === undefined ? undefined : spanOf(log, first, last)
    return span === undefined || timeline === undefined ? [] : [{ span, idle: idleMs(timeline, span) }]
  })
  const seconds = (Math.max(...lives.map(({ span }) => span.to)) - began) / 1000
  return {
    hosts: names.length,
    seconds,
    perMinute: (names.length / seconds) * 60,
    life: spreadOf(lives.map(({ span }) => span.to - span.from)),
    idle: spreadOf(lives.map(({ idle }) => idle)),
    apiRequestsPerHost: counts.apiRequests / names.length,
    bmcRequestsPerHost: counts.bmcRequests / names.length,
    objectWritesPerHost: counts.writes / names.length,
    cpuSeconds: counts.cpuSeconds,
    eventLoopLagP99Ms: counts.eventLoopLagP99Ms,
  }
}

const allIn = ({ hosts, lab }: World, state: string, names: readonly string[] = [...hosts.keys()]): boolean =>
  hosts.size === lab.fleet.machines.length && names.every(name => hosts.get(name)?.latest.status?.state === state)
