import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../../api/cluster-api.js'
import { hostAnnotations } from '../../api/metal/group.js'
import { findCondition } from '../../src/kube/conditions.js'
import { clusters } from '../../src/kube/resource-types.js'
import { labNamespace } from '../../src/lab/lab.js'
import { annotateHost, withSpecs } from '../support/corrections.js'
import { createGate, type Gate } from '../support/gate.js'
import { type Site, startSite } from '../support/site.js'

const [member, alone] = ['hpe-0', 'dell-1'] as const
const machine = 'edge-control-plane'

let site: Site
let gate: Gate

beforeAll(async () => {
  gate = createGate()
  const specs = withSpecs({ [member]: { firmwareProfileName: undefined }, [alone]: { firmwareProfileName: undefined } })
  site = await startSite({
    personas: ['hpe', 'dell'],
    machines: 1,
    checkpoint: gate.checkpoint,
    adapt: manifest =>
      manifest.kind === 'KataMetalMachine' && 'spec' in manifest
        ? Object.assign({}, manifest, {
            spec: { ...(manifest.spec as object), hostSelector: { matchLabels: { 'lab.katametal/persona': 'hpe' } } },
          })
        : specs(manifest),
  })
})

afterAll(() => site.stop())

const booting = (name: string, deed: () => Promise<unknown>): Promise<void> =>
  gate.meanwhile('done', 'bootAgent', `${labNamespace}/${name}`, deed)

const untilHeld = (name: string, why: string) =>
  site.untilHost(name, `Paused by ${why}`, ({ status }) => {
    const paused = findCondition(status?.conditions, 'Paused')
    return paused?.status === 'True' && paused.reason === why
  })

/** Longer than every poll of a host at work; nothing may be asked of the BMC, nor status say anything new. */
const expectStillness = async (name: string): Promise<void> => {
  const { bmc } = site.server(name)
  const { resourceVersion } = (await site.host(name)).metadata
  const before = bmc.journal.requests.length
  await new Promise(resolve => setTimeout(resolve, 1000))
  expect(bmc.journal.requests.slice(before)).toEqual([])
  expect((await site.host(name)).metadata.resourceVersion).toBe(resourceVersion)
}

const pauseCluster = (paused: boolean) =>
  site.lab.client.resource<Cluster>(clusters).mergePatch(labNamespace, 'edge', { spec: { paused } })

describe.concurrent('A host that is held in mid-provisioning', { timeout: 60_000 }, () => {
  it('by its annotation: its BMC is not asked anything until the annotation goes, then it is installed', async () => {
    const held = booting(alone, () => annotateHost(site, alone, { [hostAnnotations.paused]: '' }))
    await site.untilState(alone, 'Available')
    await site.hosts.mergePatch(labNamespace, alone, { spec: { image: { ...site.lab.images.image } } })
    await held
    const host = await untilHeld(alone, 'Paused')
    expect(host.status?.state).toBe('Provisioning')
    await expectStillness(alone)
    await annotateHost(site, alone, { [hostAnnotations.paused]: null })
    const done = await site.untilState(alone, 'InService')
    expect(findCondition(done.status?.conditions, 'Paused')?.status).toBe('False')
    expect(site.server(alone).server.journal.destructive).toHaveLength(1)
  })

  it('by the pause of its Cluster: the same, and the Machine runs afterwards', async () => {
    await booting(member, () => pauseCluster(true))
    const host = await untilHeld(member, 'Paused')
    expect(host.status?.state).toBe('Provisioning')
    await expectStillness(member)
    const shown = await site.kataMetalMachines.get(labNamespace, machine)
    expect(findCondition(shown.status?.conditions, 'Paused')?.status).toBe('True')
    await pauseCluster(false)
    await site.untilPhase(machine, 'Running')
    expect(site.server(member).server.journal.destructive).toHaveLength(1)
  })
})

describe('A host that is detached', () => {
  it('goes when it is deleted, and its server runs on: nothing is asked of the BMC', async () => {
    await site.untilState(alone, 'InService')
    await annotateHost(site, alone, { [hostAnnotations.detached]: '' })
    await untilHeld(alone, 'Detached')
    const { bmc, server } = site.server(alone)
    const before = bmc.journal.requests.length
    await site.hosts.delete(labNamespace, alone)
    await site.until('the host to be gone', async () => (await site.hosts.find(labNamespace, alone)) === undefined)
    expect(bmc.journal.requests.slice(before)).toEqual([])
    expect(bmc.power).toBe('On')
    expect(server.journal.destructive).toHaveLength(1)
  })
})
