import { describe, expect, it } from 'vitest'
import { labNamespace } from '../../src/lab/lab.js'
import { resetByHand } from '../support/hands.js'
import { type Site, startSite } from '../support/site.js'

/** One Machine on one server, slow enough that something can happen while its image is written. */
const midWrite = async (fault: (site: Site, name: string) => Promise<unknown>): Promise<Site> => {
  let told = false
  const site = await startSite({
    personas: ['lenovo'],
    machines: 1,
    speed: 2,
    checkpoint: (at, command) => {
      told ||= at === 'done' && command === 'directAgent write'
      return Promise.resolve()
    },
  })
  try {
    await site.until('the agent to be told to write', () => told)
    // The agent is on the line, so that it begins at once; it writes for half a second.
    await new Promise(resolve => setTimeout(resolve, 50))
    await fault(site, 'lenovo-0')
    await site.untilPhase('edge-control-plane', 'Running')
    await site.untilState('lenovo-0', 'InService')
    const { annotations } = (await site.hosts.get(labNamespace, 'lenovo-0')).metadata
    expect(Object.keys(annotations ?? {})).not.toContain('metal.akraino.org/operation')
    await site.stopManager()
    expect(site.server('lenovo-0').bmc.sessions).toBe(0)
    return site
  } finally {
    await site.stop()
  }
}

const written = (site: Site): readonly string[] =>
  site.server('lenovo-0').server.journal.destructive.map(what => what.replace(/ task .*/, ''))

const powerChanges = (site: Site): readonly string[] =>
  site.server('lenovo-0').bmc.journal.happened.filter(what => what.startsWith('power is'))

describe.concurrent('while an image is written', () => {
  it('the manager may be killed: the agent writes on, and nobody writes a second time', {
    timeout: 60_000,
  }, async () => {
    const site = await midWrite(async site => {
      await site.stopManager()
      await site.startManager()
    })
    expect(written(site)).toEqual([`wrote image ${site.lab.images.image.checksum}`])
  })

  it('the API server may be restarted: everything goes on where it was', { timeout: 60_000 }, async () => {
    const site = await midWrite(site => site.restartApiServer(300))
    expect(written(site)).toEqual([`wrote image ${site.lab.images.image.checksum}`])
  })

  it('the server may lose power: it is booted again and written as a whole', { timeout: 60_000 }, async () => {
    let changes = 0
    const site = await midWrite(async (site, name) => {
      await resetByHand(site.server(name), 'ForceOff')
      changes = powerChanges(site).length
    })
    expect(powerChanges(site).slice(changes)).toEqual(['power is On', 'power is Off', 'power is On'])
    expect(written(site)).toEqual([`wrote image ${site.lab.images.image.checksum}`])
  })
})
