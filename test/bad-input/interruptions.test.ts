import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KubeObject } from '../../api/meta.js'
import { errorTable } from '../../src/base/errors.js'
import { findCondition } from '../../src/kube/conditions.js'
import { labNamespace } from '../../src/lab/lab.js'
import { changePassword, withSpecs } from '../support/corrections.js'
import { createGate, type Gate } from '../support/gate.js'
import { type Site, startSite } from '../support/site.js'
import { untilTrouble, untilWarning } from '../support/trouble.js'

const [claimed, doomed, cut, locked] = ['dell-0', 'dell-1', 'dell-2', 'dell-3'] as const
const machine = 'edge-control-plane'

let site: Site
let gate: Gate

/** Only the first host may be claimed; the others get their image by hand. */
beforeAll(async () => {
  gate = createGate()
  const specs = withSpecs({
    [claimed]: { firmwareProfileName: undefined },
    [doomed]: { firmwareProfileName: undefined },
    [cut]: { firmwareProfileName: undefined },
    [locked]: { firmwareProfileName: undefined },
  })
  site = await startSite({
    personas: ['dell', 'dell', 'dell', 'dell'],
    machines: 1,
    checkpoint: gate.checkpoint,
    adapt: manifest => {
      if (manifest.metadata.name === `${locked}-bmc`)
        return { ...manifest, stringData: { username: 'admin', password: 'not the password' } }
      if (manifest.kind === 'KataMetalMachine') return bound(manifest)
      return specs(manifest)
    },
  })
})

afterAll(() => site.stop())

const bound = (manifest: KubeObject): object => {
  const { spec } = manifest as KubeObject & { spec: object }
  return { ...manifest, spec: { ...spec, hostSelector: { matchLabels: { role: 'claimed' } } } }
}

const writing = (name: string, deed: () => Promise<unknown>): Promise<void> =>
  gate.meanwhile('done', 'directAgent write', `${labNamespace}/${name}`, deed)

const install = (name: string) =>
  site.hosts.mergePatch(labNamespace, name, { spec: { image: { ...site.lab.images.image } } })

const destruction = (name: string): string[] =>
  site.server(name).server.journal.destructive.map(what => what.split(' ')[0] ?? '')

describe('What breaks in upon a host that is being installed', { timeout: 90_000 }, () => {
  it('deletion of the host: it is wiped and switched off before it goes', async () => {
    const deleted = writing(doomed, () => site.hosts.delete(labNamespace, doomed))
    await site.untilState(doomed, 'Available')
    await install(doomed)
    await deleted
    await site.until('the host to be gone', async () => (await site.hosts.find(labNamespace, doomed)) === undefined)
    const { server, bmc } = site.server(doomed)
    expect(destruction(doomed).at(-1)).toBe('wiped')
    expect(server.disks.every(({ installed }) => installed === undefined)).toBe(true)
    expect(bmc.power).toBe('Off')
    expect(bmc.sessions).toBe(0)
  })

  it('deletion of the claimed host: the Machine is told and is not given another one in secret', async () => {
    const deleted = writing(claimed, () => site.hosts.delete(labNamespace, claimed))
    await site.untilState(claimed, 'Available')
    await site.hosts.mergePatch(labNamespace, claimed, { metadata: { labels: { role: 'claimed' } } })
    await deleted
    const lost = await site.until('the Machine to be told', async () => {
      const found = await site.kataMetalMachines.get(labNamespace, machine)
      return findCondition(found.status?.conditions, 'Ready')?.reason === 'HostLost' ? found : undefined
    })
    const message = `BareMetalHost ${claimed} no longer exists. ${errorTable.HostLost.remedy}`
    for (const type of ['Ready', 'HostClaimed', 'Provisioned'])
      expect(findCondition(lost.status?.conditions, type)).toMatchObject({
        status: 'False',
        reason: 'HostLost',
        message,
      })
    await untilWarning(site, lost, 'HostLost')
    expect(destruction(claimed).at(-1)).toBe('wiped')

    await site.machines.delete(labNamespace, machine)
    await site.until('the Machine to be gone', async () => (await site.machines.list()).length === 0)
  })

  it('a restart of the API server: the image is written once and the host gets where it should', async () => {
    const restarted = writing(cut, () => site.restartApiServer(200))
    await site.untilState(cut, 'Available')
    await install(cut)
    await restarted
    await site.untilState(cut, 'InService', 60_000)
    expect(destruction(cut)).toEqual(['wrote'])
  })

  it('a restart of the manager does not forget that a password was refused, and sees that it was changed', async () => {
    const logins = () =>
      site.server(locked).bmc.journal.requests.filter(({ method, path }) => method === 'POST' && /sessions/i.test(path))
    await untilTrouble(site, locked, 'BMCLoginRefused')
    await site.stopManager()
    const { attempt = 0 } = (await site.host(locked)).status ?? {}
    await site.startManager()
    await site.untilHost(locked, 'one more look', ({ status }) => (status?.attempt ?? 0) > attempt)
    expect(logins().map(({ status }) => status)).toEqual([401])

    await site.stopManager()
    await changePassword(site, locked, site.server(locked).password)
    await site.startManager()
    await site.untilState(locked, 'Available')
    expect(logins().map(({ status }) => status)).toEqual([401, 201])
  })
})
