import { describe, expect, it } from 'vitest'
import { places, simulators } from '../../../../test/support/bmc-simulators.js'
import { ask, read } from '../../../../test/support/bmc-client.js'
import type { PersonaName } from '../personas/personas.js'
import type { BmcSimulator } from '../simulator.js'

const start = simulators()

const override = async (bmc: BmcSimulator, persona: PersonaName, Boot: Record<string, string>) =>
  ask(bmc, 'PATCH', places[persona].system, { json: { Boot }, headers: { 'If-Match': '*' } })

const boot = async (bmc: BmcSimulator, persona: PersonaName) => (await read(bmc, places[persona].system)).Boot

const restart = (bmc: BmcSimulator, persona: PersonaName, ResetType: string) =>
  ask(bmc, 'POST', `${places[persona].system}/Actions/ComputerSystem.Reset`, { json: { ResetType } })

const insert = (bmc: BmcSimulator, slot: string) =>
  ask(bmc, 'POST', `${slot}/Actions/VirtualMedia.InsertMedia`, { json: { Image: 'https://manager/boot.iso' } })

describe('the boot override of a simulated server', () => {
  it('of Once survives until the firmware has used it, and then reads Disabled', async () => {
    const { bmc, clock } = await start({ persona: 'hpe' })
    await override(bmc, 'hpe', { BootSourceOverrideTarget: 'Pxe', BootSourceOverrideEnabled: 'Once' })
    await restart(bmc, 'hpe', 'On')
    await clock.advance(2299)
    expect(await boot(bmc, 'hpe')).toMatchObject({ BootSourceOverrideEnabled: 'Once', BootSourceOverrideTarget: 'Pxe' })
    await clock.advance(1)
    expect(await boot(bmc, 'hpe')).toMatchObject({
      BootSourceOverrideEnabled: 'Disabled',
      BootSourceOverrideTarget: 'None',
    })
    expect(bmc.journal.happened).toEqual(['boot override Pxe Once', 'power On', 'power is On', 'boots network'])
  })

  it('of Continuous stays and boots the same every time', async () => {
    const { bmc, clock } = await start()
    await override(bmc, 'dell', { BootSourceOverrideTarget: 'Pxe', BootSourceOverrideEnabled: 'Continuous' })
    await restart(bmc, 'dell', 'On')
    await clock.advance(3000)
    await restart(bmc, 'dell', 'ForceRestart')
    await clock.advance(3000)
    expect((await boot(bmc, 'dell')).BootSourceOverrideEnabled).toBe('Continuous')
    expect(bmc.journal.happened.filter(what => what === 'boots network')).toHaveLength(2)
  })

  it('cannot be Continuous where the service lists only Once', async () => {
    const { bmc } = await start({ persona: 'lenovo' })
    const refused = await override(bmc, 'lenovo', {
      BootSourceOverrideTarget: 'Cd',
      BootSourceOverrideEnabled: 'Continuous',
    })
    expect(refused.status).toBe(400)
    expect((await boot(bmc, 'lenovo')).BootSourceOverrideTarget).toBe('None')
  })

  it('is refused as a whole for a target that is not listed or a property that is not shown', async () => {
    const { bmc } = await start()
    const floppy = { BootSourceOverrideTarget: 'Floppy', BootSourceOverrideEnabled: 'Once' }
    expect((await override(bmc, 'dell', floppy)).status).toBe(400)
    const uri = { HttpBootUri: 'https://manager/x', BootSourceOverrideTarget: 'Pxe', BootSourceOverrideEnabled: 'Once' }
    expect((await override(bmc, 'dell', uri)).status).toBe(400)
    expect((await boot(bmc, 'dell')).BootSourceOverrideEnabled).toBe('Disabled')
  })

  it('needs Enabled in every write on the Supermicro-like service, which keeps the target of a disabled one', async () => {
    const { bmc } = await start({ persona: 'supermicro' })
    expect((await override(bmc, 'supermicro', { BootSourceOverrideTarget: 'Hdd' })).status).toBe(400)
    const full = { BootSourceOverrideTarget: 'Hdd', BootSourceOverrideEnabled: 'Once' }
    expect((await override(bmc, 'supermicro', full)).status).toBe(200)
    expect((await override(bmc, 'supermicro', { BootSourceOverrideEnabled: 'Disabled' })).status).toBe(200)
    expect((await boot(bmc, 'supermicro')).BootSourceOverrideTarget).toBe('Hdd')
  })

  it('finds the virtual CD only under the word that the service means it with', async () => {
    const { bmc, clock } = await start({ persona: 'supermicro' })
    await insert(bmc, places.supermicro.slot)
    for (const target of ['Cd', 'UsbCd']) {
      await override(bmc, 'supermicro', { BootSourceOverrideTarget: target, BootSourceOverrideEnabled: 'Once' })
      await restart(bmc, 'supermicro', bmc.power === 'Off' ? 'On' : 'ForceRestart')
      await clock.advance(3000)
    }
    expect(bmc.journal.happened.filter(what => what.startsWith('boots'))).toEqual(['boots disk', 'boots cd'])
  })

  it('of Cd falls back to the disk when no CD is in, and a slot for floppies is not a CD', async () => {
    const { bmc, clock } = await start({ persona: 'hpe' })
    await insert(bmc, '/redfish/v1/Managers/1/VirtualMedia/1')
    await override(bmc, 'hpe', { BootSourceOverrideTarget: 'Cd', BootSourceOverrideEnabled: 'Once' })
    await restart(bmc, 'hpe', 'On')
    await clock.advance(3000)
    expect(bmc.journal.happened).toContain('boots disk')
  })

  it('of UefiHttp boots the URI that was given, and the network without one', async () => {
    const { bmc, clock } = await start({ persona: 'lenovo' })
    const http = { BootSourceOverrideTarget: 'UefiHttp', BootSourceOverrideEnabled: 'Once' }
    await override(bmc, 'lenovo', http)
    await restart(bmc, 'lenovo', 'On')
    await clock.advance(3000)
    await override(bmc, 'lenovo', { ...http, HttpBootUri: 'https://manager/boot.efi' })
    await restart(bmc, 'lenovo', 'ForceRestart')
    await clock.advance(3000)
    expect(bmc.journal.happened.filter(what => what.startsWith('boots'))).toEqual(['boots network', 'boots http'])
  })

  it('of BiosSetup boots nothing, and without an override the disk is next', async () => {
    const { bmc, clock } = await start()
    await override(bmc, 'dell', { BootSourceOverrideTarget: 'BiosSetup', BootSourceOverrideEnabled: 'Once' })
    await restart(bmc, 'dell', 'On')
    await clock.advance(3000)
    await restart(bmc, 'dell', 'ForceRestart')
    await clock.advance(3000)
    expect(bmc.journal.happened.filter(what => what.startsWith('boots'))).toEqual(['boots setup', 'boots disk'])
  })

  it('is refused while the server posts where the service says so', async () => {
    const { bmc, clock } = await start({ persona: 'hpe' })
    await restart(bmc, 'hpe', 'On')
    await clock.advance(1000)
    const once = { BootSourceOverrideTarget: 'Pxe', BootSourceOverrideEnabled: 'Once' }
    const refused = await override(bmc, 'hpe', once)
    expect(refused.body.error['@Message.ExtendedInfo'][0].MessageId).toBe('iLO.2.14.UnableToModifyDuringSystemPOST')
    await clock.advance(2000)
    expect((await override(bmc, 'hpe', once)).status).toBe(200)
  })
})
