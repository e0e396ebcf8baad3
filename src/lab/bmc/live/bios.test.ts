import { describe, expect, it } from 'vitest'
import { places, simulators } from '../../../../test/support/bmc-simulators.js'
import { ask, type FreeJson, read } from '../../../../test/support/bmc-client.js'
import type { ManualClock } from '../../../../test/support/manual-clock.js'
import type { PersonaName } from '../personas/personas.js'
import { ResourceTree } from '../resource-tree.js'
import type { BmcSimulator } from '../simulator.js'

const start = simulators()
const onReset = { '@Redfish.SettingsApplyTime': { ApplyTime: 'OnReset' } }

const write = (bmc: BmcSimulator, persona: PersonaName, Attributes: unknown, more: object = {}) =>
  ask(bmc, 'PATCH', places[persona].settings, { json: { Attributes, ...more }, headers: { 'If-Match': '*' } })

const current = async (bmc: BmcSimulator, persona: PersonaName): Promise<FreeJson> =>
  (await read(bmc, places[persona].bios)).Attributes

const pending = async (bmc: BmcSimulator, persona: PersonaName): Promise<FreeJson> =>
  (await read(bmc, places[persona].settings)).Attributes

const restart = async (bmc: BmcSimulator, persona: PersonaName, clock: ManualClock) => {
  const ResetType = bmc.power === 'Off' ? 'On' : 'ForceRestart'
  await ask(bmc, 'POST', `${places[persona].system}/Actions/ComputerSystem.Reset`, { json: { ResetType } })
  await clock.advance(3000)
}

describe('BIOS settings of a simulated server', () => {
  it.each([
    ['dell', { ProcVirtualization: 'Enabled' }, onReset],
    ['hpe', { Sriov: 'Disabled' }, {}],
    ['lenovo', { Processors_IntelVirtualizationTechnology: 'Enabled' }, {}],
    ['supermicro', { IntelVirtualizationTechnology_3C6F: 'Enable' }, {}],
  ] as const)('of the %s persona are pending until the next restart', async (persona, attributes, more) => {
    const { bmc, clock } = await start({ persona })
    const before = await current(bmc, persona)
    expect((await write(bmc, persona, attributes, more)).status).toBeLessThan(300)
    expect(await current(bmc, persona)).toEqual(before)
    expect(await pending(bmc, persona)).toMatchObject(attributes)
    await clock.advance(1000)
    await restart(bmc, persona, clock)
    expect(await current(bmc, persona)).toEqual({ ...before, ...attributes })
    expect(bmc.journal.happened).toContain(`bios applied ${Object.keys(attributes).join(' ')}`)
    expect(bmc.bios.pending).toEqual({})
  })

  it('show nothing pending in three ways: an empty object, a full copy, no Attributes at all', async () => {
    const dell = (await start({ persona: 'dell' })).bmc
    const lenovo = (await start({ persona: 'lenovo' })).bmc
    const { bmc: supermicro, clock } = await start({ persona: 'supermicro' })
    expect(await pending(dell, 'dell')).toEqual({})
    expect(await pending(lenovo, 'lenovo')).toEqual(await current(lenovo, 'lenovo'))
    expect(await pending(supermicro, 'supermicro')).toBeUndefined()
    await write(supermicro, 'supermicro', { QuietBoot_002D: false })
    expect(await pending(supermicro, 'supermicro')).toEqual({ QuietBoot_002D: false })
    await restart(supermicro, 'supermicro', clock)
    expect(await pending(supermicro, 'supermicro')).toBeUndefined()
  })

  it('of the Dell-like service do nothing without a job, however often the server restarts', async () => {
    const { bmc, clock } = await start()
    expect((await write(bmc, 'dell', { ProcVirtualization: 'Enabled' })).status).toBe(200)
    await restart(bmc, 'dell', clock)
    await restart(bmc, 'dell', clock)
    expect((await current(bmc, 'dell')).ProcVirtualization).toBe('Disabled')
    expect(await pending(bmc, 'dell')).toEqual({ ProcVirtualization: 'Enabled' })
    const jobs = '/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/Jobs'
    const made = await ask(bmc, 'POST', jobs, { json: { TargetSettingsURI: places.dell.settings } })
    expect(made.status).toBe(202)
    await clock.advance(200)
    await restart(bmc, 'dell', clock)
    expect((await current(bmc, 'dell')).ProcVirtualization).toBe('Enabled')
  })

  it('of the Dell-like service go through a job that is New, Scheduled, Running and Completed', async () => {
    const { bmc, clock } = await start()
    const { headers } = await write(bmc, 'dell', { ProcVirtualization: 'Enabled' }, onReset)
    const task = String(headers.location)
    const job = `/redfish/v1/JobService/Jobs/${task.split('/').pop() ?? ''}`
    const states = async () => [(await read(bmc, task)).TaskState, (await read(bmc, job)).JobState]
    expect(await states()).toEqual(['New', 'New'])
    await clock.advance(200)
    expect(await states()).toEqual(['Pending', 'Scheduled'])
    await ask(bmc, 'POST', `${places.dell.system}/Actions/ComputerSystem.Reset`, { json: { ResetType: 'On' } })
    await clock.advance(1000)
    expect(await states()).toEqual(['Running', 'Running'])
    await clock.advance(2000)
    expect(await states()).toEqual(['Completed', 'Completed'])
    expect((await read(bmc, '/redfish/v1/JobService/Jobs')).Members).toEqual([{ '@odata.id': job }])
  })

  it('are passed by when the server restarts before the job is scheduled', async () => {
    const { bmc, clock } = await start({ timings: { jobSchedule: 5000 } })
    await write(bmc, 'dell', { ProcVirtualization: 'Enabled' }, onReset)
    await restart(bmc, 'dell', clock)
    expect((await current(bmc, 'dell')).ProcVirtualization).toBe('Disabled')
    await clock.advance(5000)
    await restart(bmc, 'dell', clock)
    expect((await current(bmc, 'dell')).ProcVirtualization).toBe('Enabled')
  })

  it('take no second write while a job is open; deleting the job drops the settings', async () => {
    const { bmc, clock } = await start()
    const { headers } = await write(bmc, 'dell', { ProcVirtualization: 'Enabled' }, onReset)
    const second = await write(bmc, 'dell', { SriovGlobalEnable: 'Enabled' }, onReset)
    expect([second.status, second.body.error.code]).toEqual([400, 'IDRAC.2.8.SYS011'])
    const id = String(headers.location).split('/').pop() ?? ''
    const job = `/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/Jobs/${id}`
    expect((await ask(bmc, 'DELETE', job)).status).toBe(204)
    expect((await ask(bmc, 'GET', job)).status).toBe(404)
    expect(await pending(bmc, 'dell')).toEqual({})
    await restart(bmc, 'dell', clock)
    expect((await current(bmc, 'dell')).ProcVirtualization).toBe('Disabled')
    expect((await write(bmc, 'dell', { SriovGlobalEnable: 'Enabled' }, onReset)).status).toBe(202)
  })

  it('of the Lenovo-like service answer with a task that hands over to a job', async () => {
    const { bmc, clock } = await start({ persona: 'lenovo' })
    const { status, headers, body } = await write(bmc, 'lenovo', {
      DevicesandIOPorts_IntelVTforDirectedIOVTd: 'Enabled',
    })
    expect([status, headers.location, body.TaskState]).toEqual([202, undefined, 'Completed'])
    const [{ MessageId, MessageArgs }] = (await read(bmc, body['@odata.id'])).Messages
    expect(MessageId).toBe('Base.1.8.OperationTransitionedToJob')
    expect((await read(bmc, MessageArgs[0])).JobState).toBe('New')
    await clock.advance(200)
    await restart(bmc, 'lenovo', clock)
    expect((await read(bmc, MessageArgs[0])).JobState).toBe('Completed')
  })

  it('are refused for unknown and read-only attributes and for values that are not listed, each by name', async () => {
    const { bmc } = await start({ persona: 'supermicro' })
    const { status, body } = await write(bmc, 'supermicro', {
      NoSuchThing: 'Enable',
      IntelVirtualizationTechnology_3C6F: 'Enabled',
      CorrectableErrorThreshold_3C34: 'many',
      QuietBoot_002D: true,
    })
    expect(status).toBe(400)
    const infos: FreeJson[] = body.error['@Message.ExtendedInfo']
    expect(infos.map(({ MessageId, RelatedProperties }) => [MessageId.split('.').pop(), RelatedProperties[0]])).toEqual(
      [
        ['PropertyUnknown', '#/Attributes/NoSuchThing'],
        ['PropertyValueNotInList', '#/Attributes/IntelVirtualizationTechnology_3C6F'],
        ['PropertyValueTypeError', '#/Attributes/CorrectableErrorThreshold_3C34'],
      ],
    )
    expect(await pending(bmc, 'supermicro')).toBeUndefined()
    const dell = (await start()).bmc
    const readOnly = await write(dell, 'dell', { SystemBiosVersion: '2' }, onReset)
    expect(readOnly.body.error.code).toBe('IDRAC.2.8.PropertyNotWritable')
  })

  it('of the HPE-like service tell after the restart what they did not take', async () => {
    const { bmc, clock } = await start({ persona: 'hpe' })
    const answer = await write(bmc, 'hpe', { Sriov: 'Disabled', SecureBootStatus: 'Enabled' })
    expect(answer.status).toBe(200)
    await restart(bmc, 'hpe', clock)
    const bios = await read(bmc, places.hpe.bios)
    expect(bios.Attributes).toMatchObject({ Sriov: 'Disabled', SecureBootStatus: 'Disabled' })
    expect(bios['@Redfish.Settings']).toMatchObject({
      Time: '2026-01-01T00:00:00Z',
      Messages: [
        { MessageId: 'iLO.2.14.Success' },
        { MessageId: 'iLO.2.14.PropertyNotWritable', MessageArgs: ['SecureBootStatus'] },
      ],
    })
  })

  it('are hidden while the Supermicro-like server posts', async () => {
    const { bmc, clock } = await start({ persona: 'supermicro' })
    await ask(bmc, 'POST', `${places.supermicro.system}/Actions/ComputerSystem.Reset`, { json: { ResetType: 'On' } })
    await clock.advance(1000)
    expect(await current(bmc, 'supermicro')).toBeUndefined()
    await clock.advance(2000)
    expect((await current(bmc, 'supermicro')).QuietBoot_002D).toBe(true)
  })

  it('need Attributes that are an object', async () => {
    const { bmc } = await start({ persona: 'hpe' })
    expect((await write(bmc, 'hpe', 'on')).status).toBe(400)
    expect((await ask(bmc, 'PATCH', places.hpe.settings, { json: {} })).status).toBe(400)
  })

  it('without a registry are checked by the type of the current value', async () => {
    const tree = new ResourceTree()
    const system = '/redfish/v1/Systems/A'
    tree.put('/redfish/v1', { Systems: { '@odata.id': '/redfish/v1/Systems' } })
    tree.put('/redfish/v1/Systems', { Members: [{ '@odata.id': system }] })
    tree.put(system, { Bios: { '@odata.id': `${system}/Bios` }, PowerState: 'Off' })
    tree.put(`${system}/Bios`, { Attributes: { ProcessorVmxEnable: 0, VTdSupport: 0 } })
    const { bmc } = await start({ persona: { tree } })
    const patch = (Attributes: unknown) => ask(bmc, 'PATCH', `${system}/Bios`, { json: { Attributes } })
    expect((await patch({ ProcessorVmxEnable: '1' })).status).toBe(400)
    expect((await patch({ Invented: 1 })).status).toBe(400)
    expect((await patch({ ProcessorVmxEnable: 1 })).status).toBe(200)
    expect(bmc.bios.pending).toEqual({ ProcessorVmxEnable: 1 })
  })
})

describe('secure boot of a simulated server', () => {
  it('changes at once as a setting and with the next start in force', async () => {
    const { bmc, clock } = await start({ persona: 'hpe' })
    const path = `${places.hpe.system}/SecureBoot`
    expect((await ask(bmc, 'PATCH', path, { json: { SecureBootEnable: true } })).status).toBe(200)
    expect(await read(bmc, path)).toMatchObject({ SecureBootEnable: true, SecureBootCurrentBoot: 'Disabled' })
    await restart(bmc, 'hpe', clock)
    expect((await read(bmc, path)).SecureBootCurrentBoot).toBe('Enabled')
  })
})
