import { labNamespace } from '../../src/lab/lab.js'
import { type PersonaName, personaNames } from '../../src/lab/bmc/personas/personas.js'
import type { JournalEntry } from '../../src/lab/bmc/journal.js'
import { type Site, startSite } from '../support/site.js'

/** What one BMC was asked in one stretch of the life of its host. */
export interface Stretch {
  readonly name: string
  readonly requests: readonly Request[]
}

export interface LifeTrace {
  readonly persona: PersonaName
  readonly stretches: readonly Stretch[]
}

type Request = Extract<JournalEntry, { kind: 'request' }>

/**
 * Takes one server of each make through its whole life, all at the same time: from an unknown address to an inspected
 * host with the firmware of profile `kata`, into a cluster, out of it again and wiped, and away. What each BMC was
 * asked comes from the journals of the BMCs, not from the client.
 */
export const traceLives = async (personas: readonly PersonaName[] = personaNames): Promise<readonly LifeTrace[]> => {
  const site = await startSite({ personas, machines: personas.length, bmcLatency: 250, adapt: withoutMachines() })
  try {
    return await live(site, personas)
  } finally {
    await site.stop()
  }
}

/** The cluster waits until every host is Available, so that the stretches do not run into each other. */
const withoutMachines = () => {
  return (manifest: { kind: string }): object | undefined => (manifest.kind === 'Machine' ? undefined : manifest)
}

const live = async (site: Site, personas: readonly PersonaName[]): Promise<readonly LifeTrace[]> => {
  const marks = new Map(site.names.map(name => [name, 0]))
  const stretches = new Map<string, Stretch[]>(site.names.map(name => [name, []]))
  const close = (name: string, stretch: string): void => {
    const { requests } = site.server(name).bmc.journal
    stretches.get(name)?.push({ name: stretch, requests: requests.slice(marks.get(name)) })
    marks.set(name, requests.length)
  }
  const all = (run: (name: string) => Promise<unknown>) => Promise.all(site.names.map(run))

  await all(name => site.untilState(name, 'Available', patienceMs))
  site.names.forEach(name => close(name, 'unknown to Available'))
  for (const machine of machineNames(personas.length)) site.api.applyManifest(machineOf(machine))
  await Promise.all(machineNames(personas.length).map(name => site.untilPhase(name, 'Running', patienceMs)))
  await all(name => site.untilState(name, 'InService', patienceMs))
  site.names.forEach(name => close(name, 'Available to InService'))
  for (const machine of machineNames(personas.length)) await site.machines.delete(labNamespace, machine)
  await all(name => site.untilState(name, 'Available', patienceMs))
  site.names.forEach(name => close(name, 'InService to Available'))
  for (const name of site.names) await site.hosts.delete(labNamespace, name)
  await all(name => site.until(`${name} gone`, async () => (await site.hosts.find(labNamespace, name)) === undefined))
  await site.stopManager()
  site.names.forEach(name => close(name, 'Available to gone'))
  return site.names.map((name, index) => ({
    persona: personas[index] ?? 'dell',
    stretches: stretches.get(name) ?? [],
  }))
}

const patienceMs = 120_000

const machineNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => (index === 0 ? 'edge-control-plane' : `edge-worker-${index}`))

const machineOf = (name: string) => ({
  apiVersion: 'cluster.x-k8s.io/v1beta2',
  kind: 'Machine',
  metadata: {
    namespace: labNamespace,
    name,
    labels: {
      'cluster.x-k8s.io/cluster-name': 'edge',
      ...(name === 'edge-control-plane' ? { 'cluster.x-k8s.io/control-plane': '' } : {}),
    },
  },
  spec: {
    clusterName: 'edge',
    version: 'v1.35.0',
    bootstrap: {},
    infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'KataMetalMachine', name },
  },
})

/** Figures of a trace, or of a stretch of it. */
export interface Figures {
  readonly requests: number
  readonly reads: number
  readonly writes: number
  readonly opened: number
  readonly closed: number
  /** Most requests that the BMC had in hand at a time. */
  readonly atOnce: number
  /** Answers of 400 and above, by status. */
  readonly refused: Readonly<Record<string, number>>
}

export const figuresOf = (requests: readonly Request[]): Figures => {
  const sessions = requests.filter(one => /\/Sessions(\/|$)/i.test(one.path))
  const refused: Record<string, number> = {}
  for (const { status } of requests) if (status >= 400) refused[status] = (refused[status] ?? 0) + 1
  const reads = requests.filter(one => one.method === 'GET').length
  return {
    requests: requests.length,
    reads,
    writes: requests.length - reads - sessions.filter(one => one.method !== 'GET').length,
    opened: sessions.filter(one => one.method === 'POST' && one.status === 201).length,
    closed: sessions.filter(one => one.method === 'DELETE' && one.status < 300).length,
    atOnce: Math.max(0, ...requests.map(one => one.inHand)),
    refused,
  }
}
