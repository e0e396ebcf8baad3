import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { labNamespace } from '../src/lab/lab.js'
import { createGate } from './support/gate.js'
import { resetByHand } from './support/hands.js'
import { type Site, startSite } from './support/site.js'

describe('A server that comes on while its boot medium is prepared', { timeout: 60_000 }, () => {
  const gate = createGate()
  let site: Site
  let name: string
  beforeAll(async () => {
    site = await startSite({ checkpoint: gate.checkpoint })
    name = site.names[0] ?? ''
    await site.untilState(name, 'Available')
  })
  afterAll(() => site.stop())

  it('is switched off and begins again, so that it boots the deploy agent and not its disk', async () => {
    const happened = () => site.server(name).bmc.journal.happened
    const raced = gate.meanwhile('intent', 'bootAgent', `${labNamespace}/${name}`, async () => {
      await resetByHand(site.server(name), 'On')
    })
    const before = happened().length
    await site.hosts.mergePatch(labNamespace, name, { spec: { image: { ...site.lab.images.image } } })
    await site.untilSettled('the power by hand', raced)
    const { status } = await site.untilState(name, 'InService')
    expect(status?.lastAnswers?.map(({ answer }) => answer)).toContainEqual(
      expect.stringContaining('came on by itself'),
    )
    const power = happened()
      .slice(before)
      .filter(what => /^power (On|ForceOff)$/.test(what))
    expect(power).toEqual(['power On', 'power ForceOff', 'power On', 'power ForceOff', 'power On'])
  })
})
