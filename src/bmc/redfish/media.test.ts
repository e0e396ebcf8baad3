import { afterEach, describe, expect, it } from 'vitest'
import { bmcFor, call } from '../../../test/support/redfish-client.js'
import {
  bringToLife,
  change,
  machine,
  managerPath,
  slotPath,
  systemPath,
} from '../../../test/support/redfish-machine.js'
import { type RedfishServer, reply, replyError, startRedfishServer } from '../../../test/support/redfish-server.js'
import type { Bmc } from '../model.js'

const url = 'https://192.0.2.1:8443/v1/media/op/boot.iso'
const insertAction = /VirtualMedia\.InsertMedia$/
const ejectAction = /VirtualMedia\.EjectMedia$/

let server: RedfishServer
let bmc: Bmc
const start = async (options: Parameters<typeof machine>[0] = {}, more: Record<string, unknown> = {}) => {
  server = await startRedfishServer({ resources: { ...machine(options), ...more } })
  bringToLife(server)
  bmc = await bmcFor(server)
}
afterEach(async () => {
  await bmc.close()
  await server.stop()
})
const slots = () => bmc.readVirtualMedia(call)
const insert = () => bmc.insertVirtualMedia(url, call)
const sent = (pattern: RegExp) => server.requests.filter(one => one.method === 'POST' && pattern.test(one.path))
const bodies = () => sent(insertAction).map(one => one.body)
const patches = () => server.requests.filter(one => one.method === 'PATCH')
const noActions = { Actions: undefined }
const inserted = { Inserted: true, Image: 'http://old.example/a.iso', ConnectedVia: 'URI' }

describe('reading virtual media', () => {
  it('lists the slots of system and manager, and one collection under two links once', async () => {
    const collection = `${systemPath}/VirtualMedia`
    await start(
      { system: { VirtualMedia: { '@odata.id': collection } } },
      {
        [collection]: { Members: [{ '@odata.id': `${collection}/1` }] },
        [`${collection}/1`]: { '@odata.id': `${collection}/1`, MediaTypes: ['USBStick'] },
      },
    )
    expect((await slots()).map(one => one.id)).toEqual([slotPath, `${collection}/1`])
    await bmc.close()
    await server.stop()
    await start({ system: { VirtualMedia: { '@odata.id': `${managerPath.toLowerCase()}/VirtualMedia/` } } })
    expect(await slots()).toHaveLength(1)
  })

  it.each([
    ['CD and DVD', {}, true],
    ['DVD only', { MediaTypes: ['DVD'] }, true],
    ['everything', { MediaTypes: ['CD', 'Floppy', 'USBStick'] }, true],
    ['nothing said about it', { MediaTypes: undefined }, true],
    ['sticks and floppies only', { MediaTypes: ['Floppy', 'USBStick'] }, false],
    ['a slot without actions that holds an image', noActions, true],
    ['a slot without actions and without Image', { ...noActions, Image: undefined }, false],
    [
      'a slot of the remote console, with other actions',
      { Actions: { '#VirtualMedia.InsertMedia': undefined } },
      false,
    ],
  ])('a slot for %s is usable or not', async (_what, slot, usable) => {
    await start({ slots: [slot] })
    expect((await slots())[0]?.usable).toBe(usable)
  })

  it.each([
    ['by Inserted', inserted, true],
    [
      'by the image where nothing else is said',
      { Inserted: undefined, Image: 'http://x/a.iso', ConnectedVia: 'URI' },
      true,
    ],
    ['not by an image that is called None', { Inserted: undefined, Image: 'None', ConnectedVia: undefined }, false],
    [
      'not when nothing is connected and no image there',
      { Inserted: true, Image: '', ConnectedVia: 'NotConnected' },
      false,
    ],
  ])('a slot is full %s', async (_how, slot, full) => {
    await start({ slots: [slot] })
    expect((await slots())[0]?.inserted).toBe(full)
  })

  it('of a server without any is an empty list', async () => {
    await start({ manager: { VirtualMedia: undefined } })
    expect(await slots()).toEqual([])
    await expect(insert()).rejects.toMatchObject({ code: 'BMCUnsupported' })
    await expect(bmc.ejectVirtualMedia(call)).resolves.toBeUndefined()
  })
})

describe('inserting virtual media', () => {
  it('sends only what the standard demands, and returns the slot as it then is', async () => {
    await start()
    expect(await insert()).toEqual({
      id: slotPath,
      mediaTypes: ['CD', 'DVD'],
      inserted: true,
      image: url,
      usable: true,
    })
    expect(bodies()).toEqual([{ Image: url }])
    expect(sent(ejectAction)).toEqual([])
  })

  it('ejects what is in the slot first, with an empty object for a body', async () => {
    await start({ slots: [inserted] })
    await insert()
    expect(sent(/VirtualMedia/).map(one => one.path.split('.').at(-1))).toEqual(['EjectMedia', 'InsertMedia'])
    expect(sent(ejectAction)[0]?.body).toEqual({})
  })

  it('inserts again even what seems to be there already: a stale slot boots nothing', async () => {
    await start({ slots: [{ ...inserted, Image: url }] })
    await insert()
    expect(sent(insertAction)).toHaveLength(1)
  })

  it('waits while a BMC still shows the slot as full after the eject', async () => {
    await start({ slots: [inserted] })
    server.on('POST', ejectAction, (request, response, socket) => {
      setTimeout(() => change(server, slotPath, { Inserted: false, Image: null, ConnectedVia: 'NotConnected' }), 15)
      return reply(204)(request, response, socket)
    })
    await insert()
    expect(sent(insertAction)).toHaveLength(1)
  })

  it('prefers a slot with an action to one without, and one for CDs to one for everything', async () => {
    await start({ slots: [noActions, { MediaTypes: ['CD', 'USBStick'] }, {}] })
    expect((await insert()).id).toBe(`${managerPath}/VirtualMedia/Cd3`)
  })

  it('passes over slots that a vendor keeps for something else', async () => {
    await start({
      root: { Oem: { Lenovo: {} } },
      slots: [
        { ...noActions, Id: 'RDOC1' },
        { ...noActions, Id: 'EXT1' },
      ],
    })
    expect((await slots()).map(one => one.usable)).toEqual([true, false])
    expect((await insert()).id).toBe(`${managerPath}/VirtualMedia/Cd2`)
  })

  it('leaves alone what somebody else has inserted while another slot is free', async () => {
    await start({ slots: [inserted, {}] })
    expect((await insert()).id).toBe(`${managerPath}/VirtualMedia/Cd2`)
    expect(sent(ejectAction)).toEqual([])
  })

  it('takes the slot of somebody else when there is no other', async () => {
    await start({ slots: [inserted, { ...inserted, MediaTypes: ['USBStick'] }] })
    expect((await insert()).id).toBe(slotPath)
    expect(sent(ejectAction).map(one => one.path)).toEqual([expect.stringContaining('Cd1')])
  })

  it('empties and takes again the slot in which an image of ours was left', async () => {
    await start({ slots: [{ ...inserted, Image: 'https://192.0.2.1:8443/v1/media/older/boot.iso' }, {}] })
    expect((await insert()).id).toBe(slotPath)
    expect(sent(ejectAction)).toHaveLength(1)
  })

  it('prefers a CD to a DVD, and both to a slot for everything', async () => {
    await start({ slots: [{ MediaTypes: ['CD', 'DVD', 'USBStick'] }, { MediaTypes: ['DVD'] }, { MediaTypes: ['CD'] }] })
    expect((await slots()).map(one => one.mediaTypes)).toEqual([['CD'], ['DVD'], ['CD', 'DVD', 'USBStick']])
  })

  it('finds the slots of another manager of the system where the first has none', async () => {
    const other = '/redfish/v1/Managers/Console'
    await start(
      {
        system: { Links: { ManagedBy: [{ '@odata.id': managerPath }, { '@odata.id': other }] } },
        manager: { VirtualMedia: undefined },
      },
      { [other]: { '@odata.id': other, VirtualMedia: { '@odata.id': `${managerPath}/VirtualMedia` } } },
    )
    expect((await slots()).map(one => one.id)).toEqual([slotPath])
  })

  it('goes on to the next slot when one takes the image and nothing happens', async () => {
    await start({ slots: [{}, {}] })
    server.on('POST', /Cd1.*InsertMedia/, reply(204))
    expect((await insert()).id).toBe(`${managerPath}/VirtualMedia/Cd2`)
  })

  it('by PATCH where a slot has no actions', async () => {
    await start({ slots: [noActions] })
    expect((await insert()).image).toBe(url)
    expect(patches().map(one => one.body)).toEqual([{ Image: url, Inserted: true, WriteProtected: true }])
    await bmc.ejectVirtualMedia(call)
    expect(patches().at(-1)?.body).toEqual({ Image: null, Inserted: false })
  })

  it.each([404, 405, 501])('goes on to the next slot when one answers %i', async status => {
    await start({ slots: [{}, {}] })
    server.on('POST', /Cd1.*InsertMedia/, reply(status))
    expect((await insert()).id).toBe(`${managerPath}/VirtualMedia/Cd2`)
  })

  it('goes on to the next slot when one answers 400 without saying what it misses (remote console)', async () => {
    await start({ slots: [{}, {}] })
    server.on('POST', /Cd1.*InsertMedia/, replyError(400, 'ActionNotSupported'))
    expect((await insert()).id).toBe(`${managerPath}/VirtualMedia/Cd2`)
    expect(sent(insertAction)).toHaveLength(2)
  })

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      'as an argument',
      { MessageId: 'Base.1.8.ActionParameterMissing', MessageArgs: ['InsertMedia', 'TransferProtocolType'] },
      { TransferProtocolType: 'HTTPS' },
    ],
    [
      'as a related property with #',
      { MessageId: 'X', RelatedProperties: ['#/TransferProtocolType'] },
      { TransferProtocolType: 'HTTPS' },
    ],
    [
      'as a related property without #',
      { MessageId: 'X', RelatedProperties: ['/TransferMethod'] },
      { TransferMethod: 'Stream' },
    ],
    [
      'only in words',
      { MessageId: 'X', Message: 'The parameter TransferMethod is required.' },
      { TransferMethod: 'Stream' },
    ],
    [
      'as user and password',
      { MessageId: 'X', Message: 'UserName is missing.' },
      { UserName: 'none', Password: 'none' },
    ],
  ])('adds what the service misses, said %s', async (_how, message, added) => {
    await start()
    server.on('POST', insertAction, replyError(400, message), 1)
    await insert()
    expect(bodies()).toEqual([{ Image: url }, { Image: url, ...added }])
  })

  it('adds one thing after another', async () => {
    await start()
    server.on('POST', insertAction, replyError(400, { MessageId: 'X', Message: 'TransferMethod?' }), 1)
    server.on('POST', insertAction, replyError(400, { MessageId: 'X', Message: 'TransferProtocolType?' }), 1)
    await insert()
    expect(bodies().at(-1)).toEqual({ Image: url, TransferProtocolType: 'HTTPS', TransferMethod: 'Stream' })
  })

  it('takes out what the service does not know', async () => {
    await start({ slots: [noActions] })
    const unknown = { MessageId: 'Base.1.8.PropertyUnknown', MessageArgs: ['WriteProtected'] }
    server.on('PATCH', slotPath, replyError(400, unknown), 1)
    await insert()
    expect(patches().at(-1)?.body).toEqual({ Image: url, Inserted: true })
  })

  it('gives up after four attempts, with what the service said', async () => {
    await start({ slots: [{}, {}] })
    server.on('POST', insertAction, replyError(400, 'GeneralError'))
    await expect(insert()).rejects.toThrow(/GeneralError/)
    expect(sent(insertAction)).toHaveLength(4)
  })

  it('asks again after 5xx, but not for ever', async () => {
    await start()
    server.on('POST', insertAction, reply(500), 1)
    server.on('POST', insertAction, replyError(503, 'ServiceTemporarilyUnavailable'), 1)
    await insert()
    expect(bodies()).toEqual(Array(3).fill({ Image: url }))
    server.on('POST', insertAction, reply(500))
    await expect(insert()).rejects.toMatchObject({ status: 500 })
    expect(bodies()).toHaveLength(7)
  })

  it('waits for the task that carries it out', async () => {
    const task = '/redfish/v1/TaskService/Tasks/1'
    await start()
    server.on('POST', insertAction, reply(202, undefined, { Location: task }))
    server.on('GET', task, (request, response, socket) => {
      change(server, slotPath, { Inserted: true, Image: url, ConnectedVia: 'URI' })
      return reply(200, { TaskState: 'Completed' })(request, response, socket)
    })
    server.on('GET', task, reply(200, { TaskState: 'Running' }), 1)
    expect((await insert()).inserted).toBe(true)
  })

  it('fails with the task that carries it out', async () => {
    const task = '/redfish/v1/TaskService/Tasks/1'
    await start()
    server.on('POST', insertAction, reply(202, undefined, { Location: task }))
    server.on('GET', task, reply(200, { TaskState: 'Exception', Messages: [{ Message: 'No route.' }] }))
    await expect(insert()).rejects.toMatchObject({ code: 'BMCTaskFailed', seen: 'Exception: No route.' })
  })

  it('says so when the BMC took the image and nothing is in the slot', async () => {
    await start()
    server.on('POST', insertAction, reply(204))
    await expect(insert()).rejects.toMatchObject({ code: 'BMCWriteIgnored' })
  })

  it('says so when another image is in the slot afterwards', async () => {
    await start()
    server.on('POST', insertAction, (request, response, socket) => {
      change(server, slotPath, inserted)
      return reply(204)(request, response, socket)
    })
    await expect(insert()).rejects.toMatchObject({ code: 'BMCWriteIgnored' })
  })

  it.each(['/boot.iso', null, 'boot.iso'])(
    'takes %j for the image, which is how some services show it',
    async image => {
      await start()
      server.on('POST', insertAction, (request, response, socket) => {
        change(server, slotPath, { Inserted: true, Image: image, ConnectedVia: 'URI' })
        return reply(204)(request, response, socket)
      })
      expect((await insert()).inserted).toBe(true)
    },
  )
})

describe('ejecting virtual media', () => {
  it('empties the slots for CDs and leaves the others alone', async () => {
    await start({ slots: [inserted, {}, { ...inserted, MediaTypes: ['USBStick'] }] })
    await bmc.ejectVirtualMedia(call)
    expect(sent(ejectAction).map(one => one.path)).toEqual([expect.stringContaining('Cd1')])
  })

  it('uses the action that appears only when something is inserted', async () => {
    await start({ slots: [{ Actions: { '#VirtualMedia.EjectMedia': undefined } }] })
    await insert()
    change(server, slotPath, {
      Actions: { '#VirtualMedia.EjectMedia': { target: `${slotPath}/Actions/VirtualMedia.EjectMedia` } },
    })
    await bmc.ejectVirtualMedia(call)
    expect(sent(ejectAction)).toHaveLength(1)
  })

  it.each([400, 415])('sends no body at all where an empty object is refused with %i', async status => {
    await start({ slots: [inserted] })
    server.on('POST', ejectAction, replyError(status, 'MalformedJSON'), 1)
    await bmc.ejectVirtualMedia(call)
    expect(sent(ejectAction).map(one => one.body)).toEqual([{}, undefined])
  })

  it('is a success when the slot is empty by then, whatever the service said', async () => {
    await start({ slots: [inserted] })
    server.on('POST', ejectAction, (request, response, socket) => {
      change(server, slotPath, { Inserted: false, Image: null, ConnectedVia: 'NotConnected' })
      return replyError(500, 'NoVirtualMediaDevice')(request, response, socket)
    })
    await expect(bmc.ejectVirtualMedia(call)).resolves.toBeUndefined()
  })

  it('is asked for again while the BMC fails at it', async () => {
    await start({ slots: [inserted] })
    server.on('POST', ejectAction, reply(500), 1)
    server.on('POST', ejectAction, replyError(503, 'ServiceTemporarilyUnavailable'), 1)
    await bmc.ejectVirtualMedia(call)
    expect(sent(ejectAction)).toHaveLength(3)
  })

  it('fails with what the service said when the slot stays full', async () => {
    await start({ slots: [inserted] })
    server.on('POST', ejectAction, replyError(500, 'MediaInUse'))
    await expect(bmc.ejectVirtualMedia(call)).rejects.toThrow(/MediaInUse/)
    server.on('POST', ejectAction, reply(204))
    await expect(bmc.ejectVirtualMedia(call)).rejects.toMatchObject({ code: 'BMCWriteIgnored' })
  })
})
