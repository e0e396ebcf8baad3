import { describe, expect, it } from 'vitest'
import { places, simulators } from '../../../../test/support/bmc-simulators.js'
import { ask, read } from '../../../../test/support/bmc-client.js'
import type { BmcSimulator } from '../simulator.js'

const start = simulators()
const Image = 'https://manager/v1/media/op/boot.iso'

const insert = (bmc: BmcSimulator, slot: string, json: unknown = { Image }) =>
  ask(bmc, 'POST', `${slot}/Actions/VirtualMedia.InsertMedia`, { json })

const eject = (bmc: BmcSimulator, slot: string, body: { json?: unknown } = { json: {} }) =>
  ask(bmc, 'POST', `${slot}/Actions/VirtualMedia.EjectMedia`, body)

describe('virtual media of a simulated BMC', () => {
  it('show what was inserted until it is ejected', async () => {
    const { bmc } = await start({ persona: 'hpe' })
    const { slot } = places.hpe
    expect((await insert(bmc, slot)).status).toBe(204)
    expect(await read(bmc, slot)).toMatchObject({ Inserted: true, Image, ImageName: 'boot.iso', ConnectedVia: 'URI' })
    expect((await eject(bmc, slot)).status).toBe(204)
    expect(await read(bmc, slot)).toMatchObject({ Inserted: false, Image: null, ConnectedVia: 'NotConnected' })
    expect(bmc.journal.happened).toEqual(['insert media', 'eject media'])
  })

  it('do not take a second image, an empty one, or one from nowhere', async () => {
    const { bmc } = await start()
    const { slot } = places.dell
    expect((await insert(bmc, slot, {})).status).toBe(400)
    expect((await insert(bmc, slot, { Image: 'boot.iso' })).status).toBe(400)
    expect((await insert(bmc, slot)).status).toBe(204)
    expect((await insert(bmc, slot)).status).toBe(400)
  })

  it('are at the system and at the manager under different ids on the Dell-like service', async () => {
    const { bmc } = await start()
    const ofSystem = await read(bmc, `${places.dell.system}/VirtualMedia`)
    const ofManager = await read(bmc, '/redfish/v1/Managers/iDRAC.Embedded.1/VirtualMedia')
    const ids = [ofSystem, ofManager].map(({ Members }) =>
      Members.map((member: { '@odata.id': string }) => member['@odata.id'].split('/').pop()),
    )
    expect(ids).toEqual([
      ['1', '2'],
      ['CD', 'RemovableDisk'],
    ])
  })

  it('seem inserted for a while after an eject on the Dell-like service, though a new image can go in', async () => {
    const { bmc, clock } = await start()
    const { slot } = places.dell
    await insert(bmc, slot)
    await eject(bmc, slot)
    expect(await read(bmc, slot)).toMatchObject({ Inserted: true, Image })
    await clock.advance(300)
    expect(await read(bmc, slot)).toMatchObject({ Inserted: false, Image: null })
    await insert(bmc, slot)
    await eject(bmc, slot)
    expect((await insert(bmc, slot, { Image: 'https://manager/other.iso' })).status).toBe(204)
    await clock.advance(300)
    expect(await read(bmc, slot)).toMatchObject({ Inserted: true, Image: 'https://manager/other.iso' })
  })

  it('boot nothing when a client skipped its insert because of the stale slot', async () => {
    const { bmc, clock } = await start()
    const { slot, system } = places.dell
    await insert(bmc, slot)
    await eject(bmc, slot)
    const Boot = { BootSourceOverrideTarget: 'Cd', BootSourceOverrideEnabled: 'Once' }
    await ask(bmc, 'PATCH', system, { json: { Boot } })
    await ask(bmc, 'POST', `${system}/Actions/ComputerSystem.Reset`, { json: { ResetType: 'On' } })
    await clock.advance(3000)
    expect(bmc.journal.happened).toContain('boots disk')
  })

  it('need a body to eject and something to eject on the HPE-like service', async () => {
    const { bmc } = await start({ persona: 'hpe' })
    const { slot } = places.hpe
    expect((await eject(bmc, slot)).status).toBe(400)
    await insert(bmc, slot)
    expect((await eject(bmc, slot, {})).status).toBe(400)
    expect((await eject(bmc, slot)).status).toBe(204)
  })

  it('show EjectMedia only while something is in on the Supermicro-like service', async () => {
    const { bmc } = await start({ persona: 'supermicro' })
    const { slot } = places.supermicro
    const actions = async () => Object.keys((await read(bmc, slot)).Actions)
    expect(await actions()).toEqual(['#VirtualMedia.InsertMedia'])
    expect((await eject(bmc, slot)).status).toBe(404)
    await insert(bmc, slot)
    expect(await actions()).toEqual(['#VirtualMedia.InsertMedia', '#VirtualMedia.EjectMedia'])
    expect((await eject(bmc, slot)).status).toBe(204)
    expect(await actions()).toEqual(['#VirtualMedia.InsertMedia'])
  })

  it('take nothing but Image on the Supermicro-like service', async () => {
    const { bmc } = await start({ persona: 'supermicro' })
    const { slot } = places.supermicro
    const refused = await insert(bmc, slot, { Image, Inserted: true, WriteProtected: true })
    expect(refused.status).toBe(400)
    expect(refused.body.error['@Message.ExtendedInfo'][0].RelatedProperties).toEqual(['#/Inserted'])
    expect((await insert(bmc, slot)).status).toBe(204)
  })

  it('are filled and emptied by PATCH where a slot has no actions', async () => {
    const { bmc } = await start({ persona: 'lenovo' })
    const { slot } = places.lenovo
    const patch = (json: unknown) => ask(bmc, 'PATCH', slot, { json, headers: { 'If-Match': '*' } })
    expect((await insert(bmc, slot)).status).toBe(404)
    expect((await patch({ Image, Inserted: true, WriteProtected: true })).status).toBe(200)
    expect(await read(bmc, slot)).toMatchObject({ Inserted: true, Image })
    expect((await patch({ Image: null })).status).toBe(200)
    expect(await read(bmc, slot)).toMatchObject({ Inserted: false, Image: null })
    expect((await patch({ WriteProtected: false })).status).toBe(400)
    const remote = '/redfish/v1/Managers/1/VirtualMedia/Remote1'
    const direct = await ask(bmc, 'PATCH', remote, { json: { Image }, headers: { 'If-Match': '*' } })
    expect(direct.status).toBe(400)
  })
})
