import { afterEach, describe, expect, it } from 'vitest'
import { bios, biosResource, biosTree, manager, openBiosService, settings } from '../../../test/support/bios-service.js'
import { fastClock } from '../../../test/support/redfish-client.js'
import { reply, replyError } from '../../../test/support/redfish-server.js'
import type { BiosValue } from '../model.js'
import { loadVendors, type VendorQuirks } from '../vendors.js'
import { readBios, writeBios } from './bios.js'

const call = { signal: new AbortController().signal }
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

const open = async (resources: Record<string, unknown>, quirks?: VendorQuirks) => {
  const service = await openBiosService({ resources, ...(quirks === undefined ? {} : { quirks }) })
  stops.push(service.stop)
  const { server, client, context } = service
  const write = (attributes: Record<string, BiosValue>) => writeBios(client, context, attributes, fastClock, call)
  const read = () => readBios(client, context, call)
  const writes = () =>
    server.requests.filter(({ method }) => method !== 'GET').map(({ method, path, body }) => ({ method, path, body }))
  return { server, write, read, writes }
}

const patch = (path: string, Attributes: object, over: object = {}) => ({
  method: 'PATCH',
  path,
  body: { Attributes, ...over },
})
const about = (attribute: string, key = 'PropertyValueNotInList') => ({
  MessageId: `Base.1.8.${key}`,
  Message: `${attribute} cannot be so.`,
  RelatedProperties: [`#/Attributes/${attribute}`],
})

describe('writing BIOS settings', () => {
  it('makes values pending in the settings resource, in the type that the service uses', async () => {
    const { write, writes, read } = await open(biosTree())
    expect(await write({ Vt: 'Enabled', Delay: '5', Quiet: 'false' })).toEqual({
      accepted: ['Vt', 'Delay', 'Quiet'],
      refused: [],
    })
    expect(writes()).toEqual([patch(settings, { Vt: 'Enabled', Delay: 5, Quiet: false })])
    expect((await read()).pending).toEqual({ Vt: 'Enabled', Delay: 5, Quiet: false })
  })

  it('writes nothing that stands already or is pending already', async () => {
    const { write, writes } = await open(biosTree({ [settings]: { Attributes: { Vt: 'Enabled' } } }))
    expect(await write({ Vt: 'Enabled', Vtd: 'Disabled' })).toEqual({ accepted: ['Vt', 'Vtd'], refused: [] })
    expect(writes()).toEqual([])
  })

  it('takes back a pending change when the current value is the wanted one', async () => {
    const { write, writes } = await open(biosTree({ [settings]: { Attributes: { Vt: 'Enabled' } } }))
    await write({ Vt: 'Disabled' })
    expect(writes()).toEqual([patch(settings, { Vt: 'Disabled' })])
  })

  it('spells a switch as the settings resource does where that differs from the Bios resource (Supermicro X12)', async () => {
    const tree = {
      [bios]: biosResource({}, { Vt: 'Disable' }),
      [settings]: { '@odata.id': settings, Attributes: { Vt: 'Disabled', Vtd: 'Disabled' } },
    }
    const { read, write, writes } = await open(biosTree(tree))
    expect((await read()).pending).toEqual({})
    await write({ Vt: 'Enable' })
    expect(writes()).toEqual([patch(settings, { Vt: 'Enabled' })])
    expect((await read()).pending).toEqual({ Vt: 'Enabled' })
  })

  it('asks for the next restart only where the service offers that', async () => {
    const announced = { SupportedApplyTimes: ['Immediate', 'OnReset'] }
    const offered = await open(biosTree({ [bios]: biosResource(announced) }))
    await offered.write({ Vt: 'Enabled' })
    const time = { '@Redfish.SettingsApplyTime': { ApplyTime: 'OnReset' } }
    expect(offered.writes()).toEqual([patch(settings, { Vt: 'Enabled' }, time)])
    const other = await open(biosTree({ [bios]: biosResource({ SupportedApplyTimes: ['Immediate'] }) }))
    await other.write({ Vt: 'Enabled' })
    expect(other.writes()).toEqual([patch(settings, { Vt: 'Enabled' })])
  })

  it('uses the type of the registry for an attribute that is not served', async () => {
    const attributes = [{ AttributeName: 'Inactive', Type: 'Integer' }]
    const { write, writes } = await open(
      biosTree({ [`${bios}/BiosRegistry`]: { RegistryEntries: { Attributes: attributes } } }),
    )
    await write({ Inactive: '7' })
    expect(writes()).toEqual([patch(settings, { Inactive: 7 })])
  })

  it('does not send a value that cannot have the type, and says so', async () => {
    const { write, writes } = await open(biosTree())
    const { accepted, refused } = await write({ Delay: 'long', Vt: 'Enabled' })
    expect(accepted).toEqual(['Vt'])
    expect(refused).toEqual([{ attribute: 'Delay', message: 'a number is needed, not long' }])
    expect(writes()).toEqual([patch(settings, { Vt: 'Enabled' })])
  })

  it.each([
    [
      'the service names no settings resource and has none of the usual names',
      biosTree({ [bios]: biosResource({ SettingsObject: undefined }), [settings]: undefined }),
    ],
    [
      'the service knows nothing of settings resources',
      biosTree({ [bios]: biosResource({}, {}, { '@Redfish.Settings': undefined }) }),
    ],
    [
      'the settings resource is the Bios resource',
      biosTree({ [bios]: biosResource({ SettingsObject: { '@odata.id': `${bios}/` } }) }),
    ],
    ['the settings resource does not exist yet', biosTree({ [settings]: undefined })],
  ])('goes to the Bios resource when %s', async (_what, tree) => {
    const { write, writes } = await open(tree)
    await write({ Vt: 'Enabled' })
    expect(writes()).toEqual([patch(bios, { Vt: 'Enabled' })])
  })

  it.each(['Settings', 'SD', 'Pending'])(
    'goes to %s when settings are announced and no resource is named',
    async name => {
      const usual = `${bios}/${name}`
      const tree = { [settings]: undefined, [usual]: { '@odata.id': usual, Attributes: { Vtd: 'Enabled' } } }
      const { write, writes, read } = await open(
        biosTree({ [bios]: biosResource({ SettingsObject: undefined }), ...tree }),
      )
      expect((await read()).pending).toEqual({ Vtd: 'Enabled' })
      await write({ Vt: 'Enabled' })
      expect(writes()).toEqual([patch(usual, { Vt: 'Enabled' })])
    },
  )

  it('goes to the other one when the first may not be written', async () => {
    const { server, write, writes } = await open(biosTree())
    server.on('PATCH', settings, replyError(405, 'OperationNotAllowed'))
    await write({ Vt: 'Enabled' })
    expect(writes().map(({ path }) => path)).toEqual([settings, bios])
    const second = await open(biosTree({ [settings]: undefined }))
    second.server.on('PATCH', bios, replyError(405, 'OperationNotAllowed'))
    second.server.on('PATCH', settings, reply(204))
    await second.write({ Vt: 'Enabled' })
    expect(second.writes().map(({ path }) => path)).toEqual([bios, settings])
  })

  it('notices an empty settings resource that accepts and forgets, and writes the Bios resource', async () => {
    const { server, write, writes } = await open(biosTree({ [settings]: { Attributes: null } }))
    server.on('PATCH', settings, reply(200, {}))
    expect((await write({ Vt: 'Enabled' })).accepted).toEqual(['Vt'])
    expect(writes().map(({ path }) => path)).toEqual([settings, bios])
  })

  it('is content with an acceptance when the Bios resource does not take it either', async () => {
    const { server, write } = await open(biosTree({ [settings]: { Attributes: null } }))
    server.on('PATCH', settings, reply(200, {}))
    server.on('PATCH', bios, replyError(400, 'ActionNotSupported'))
    expect((await write({ Vt: 'Enabled' })).accepted).toEqual(['Vt'])
  })

  it('writes the others when the service refuses some by name', async () => {
    const { server, write, writes } = await open(biosTree())
    server.on('PATCH', settings, replyError(400, about('Vtd', 'PropertyNotWritable')), 1)
    expect(await write({ Vt: 'Enabled', Vtd: 'Enabled' })).toEqual({
      accepted: ['Vt'],
      refused: [{ attribute: 'Vtd', message: 'Vtd cannot be so.' }],
    })
    expect(writes().map(({ body }) => body)).toEqual([
      { Attributes: { Vt: 'Enabled', Vtd: 'Enabled' } },
      { Attributes: { Vt: 'Enabled' } },
    ])
  })

  it('reports every attribute as refused when none is left', async () => {
    const { server, write, writes } = await open(biosTree())
    server.on('PATCH', settings, replyError(400, about('Vt'), about('Vtd')))
    const { accepted, refused } = await write({ Vt: 'Enabled', Vtd: 'Enabled' })
    expect([accepted, refused.map(({ attribute }) => attribute)]).toEqual([[], ['Vt', 'Vtd']])
    expect(writes()).toHaveLength(1)
  })

  it('believes a refusal that comes with a success', async () => {
    const { server, write } = await open(biosTree())
    server.on('PATCH', settings, reply(200, { '@Message.ExtendedInfo': [about('Vtd', 'PropertyUnknown')] }))
    expect(await write({ Vt: 'Enabled', Vtd: 'Enabled' })).toMatchObject({
      accepted: ['Vt'],
      refused: [{ attribute: 'Vtd' }],
    })
  })

  it('fails as a whole when the service names no attribute', async () => {
    const { server, write } = await open(biosTree())
    server.on('PATCH', settings, replyError(400, 'MalformedJSON'))
    await expect(write({ Vt: 'Enabled' })).rejects.toMatchObject({ code: 'BMCRejected' })
  })

  it('passes on that the service is busy, and names nothing as refused', async () => {
    const { server, write } = await open(biosTree())
    server.on('PATCH', settings, replyError(503, about('Vt')))
    await expect(write({ Vt: 'Enabled' })).rejects.toMatchObject({ code: 'BMCBusy' })
  })

  it('names the job that the service made', async () => {
    const { server, write } = await open(biosTree())
    server.on('PATCH', settings, reply(202, undefined, { Location: '/redfish/v1/TaskService/Tasks/7' }))
    expect((await write({ Vt: 'Enabled' })).job).toBe('/redfish/v1/TaskService/Tasks/7')
  })
})

describe('writing BIOS settings to a service that has no place to show them', () => {
  const tree = () =>
    biosTree({ [bios]: biosResource({}, {}, { '@Redfish.Settings': undefined }), [settings]: undefined })

  it('remembers them as pending until they show, and writes them once', async () => {
    const { server, read, write, writes } = await open(tree())
    server.on('PATCH', bios, reply(200, {}))
    await write({ Vt: 'Enabled' })
    expect((await read()).pending).toEqual({ Vt: 'Enabled' })
    await write({ Vt: 'Enabled' })
    expect(writes()).toHaveLength(1)
    server.resources.set(bios, biosResource({}, { Vt: 'Enabled' }, { '@Redfish.Settings': undefined }))
    expect(await read()).toMatchObject({ attributes: { Vt: 'Enabled' }, pending: {} })
    server.resources.set(bios, biosResource({}, {}, { '@Redfish.Settings': undefined }))
    expect((await read()).pending).toEqual({})
  })

  it('can take them back', async () => {
    const { server, read, write } = await open(tree())
    server.on('PATCH', bios, reply(200, {}))
    await write({ Vt: 'Enabled' })
    await write({ Vt: 'Disabled' })
    expect((await read()).pending).toEqual({})
  })

  it('remembers nothing that was refused', async () => {
    const { server, read, write } = await open(tree())
    server.on('PATCH', bios, replyError(400, about('Vt')))
    expect((await write({ Vt: 'Enabled' })).refused).toHaveLength(1)
    expect((await read()).pending).toEqual({})
  })
})

describe('writing BIOS settings where they need a job', async () => {
  const dell = (await loadVendors()).vendors.find(({ vendor }) => vendor === 'dell')?.quirks
  const jobs = `${manager}/Jobs`
  const job = (id: string, JobState: string, over: object = {}) => ({
    '@odata.id': `${jobs}/${id}`,
    Id: id,
    JobState,
    JobType: 'BIOSConfiguration',
    ...over,
  })
  const withJobs = (list: { '@odata.id': string }[], over: Record<string, unknown> = {}) =>
    biosTree({
      [jobs]: { '@odata.id': jobs, Members: list.map(one => ({ '@odata.id': one['@odata.id'] })) },
      ...Object.fromEntries(list.map(one => [one['@odata.id'], one])),
      ...over,
    })
  const created = reply(200, undefined, { Location: `${jobs}/JID_2` })
  const post = { method: 'POST', path: jobs, body: { TargetSettingsURI: settings } }

  it('makes one for the settings when the write made none', async () => {
    const ended = [job('JID_1', 'Completed'), job('JID_0', 'Scheduled', { JobType: 'RAIDConfiguration' })]
    const { server, write, writes } = await open(withJobs(ended), dell)
    server.on('POST', jobs, created)
    expect((await write({ Vt: 'Enabled' })).job).toBe(`${jobs}/JID_2`)
    expect(writes()).toEqual([patch(settings, { Vt: 'Enabled' }), post])
  })

  it('makes none when the write already did', async () => {
    const { server, write, writes } = await open(withJobs([]), dell)
    server.on('PATCH', settings, reply(202, undefined, { Location: `${jobs}/JID_9` }))
    expect((await write({ Vt: 'Enabled' })).job).toBe(`${jobs}/JID_9`)
    expect(writes()).toHaveLength(1)
  })

  it('makes one for settings that are pending since a write that was cut short', async () => {
    const pending = { [settings]: { '@odata.id': settings, Attributes: { Vt: 'Enabled' } } }
    const { server, write, writes } = await open(withJobs([], pending), dell)
    server.on('POST', jobs, created)
    expect((await write({ Vt: 'Enabled' })).job).toBe(`${jobs}/JID_2`)
    expect(writes()).toEqual([post])
  })

  it('is content with the job that waits already', async () => {
    const pending = { [settings]: { '@odata.id': settings, Attributes: { Vt: 'Enabled' } } }
    const { write, writes } = await open(withJobs([job('JID_1', 'Scheduled')], pending), dell)
    expect((await write({ Vt: 'Enabled' })).job).toBe(`${jobs}/JID_1`)
    expect(writes()).toEqual([])
  })

  it('makes none when nothing is to change', async () => {
    const { write, writes } = await open(withJobs([]), dell)
    expect(await write({ Vt: 'Disabled' })).toEqual({ accepted: ['Vt'], refused: [] })
    expect(writes()).toEqual([])
  })

  it('deletes a waiting job of which everything is about to be overwritten, and writes all of it again', async () => {
    const pending = { [settings]: { '@odata.id': settings, Attributes: { Vt: 'Enabled', Vtd: 'Auto' } } }
    const { server, write, writes } = await open(withJobs([job('JID_1', 'Scheduled')], pending), dell)
    server.on('PATCH', settings, replyError(400, { MessageId: 'IDRAC.2.8.SYS011', Message: 'a job is queued' }), 1)
    server.on('DELETE', `${jobs}/JID_1`, (_request, response) => {
      server.resources.set(`${jobs}/JID_1`, job('JID_1', 'Completed'))
      response.writeHead(204).end()
    })
    server.on('POST', jobs, created)
    expect((await write({ Vt: 'Enabled', Vtd: 'Enabled' })).accepted).toEqual(['Vt', 'Vtd'])
    expect(writes()).toEqual([
      patch(settings, { Vtd: 'Enabled' }),
      { method: 'DELETE', path: `${jobs}/JID_1`, body: undefined },
      patch(settings, { Vt: 'Enabled', Vtd: 'Enabled' }),
      post,
    ])
  })

  it('leaves the job of somebody else alone and names it', async () => {
    const pending = { [settings]: { '@odata.id': settings, Attributes: { Quiet: false } } }
    const { server, write, writes } = await open(withJobs([job('JID_1', 'Scheduled')], pending), dell)
    server.on('PATCH', settings, replyError(400, { MessageId: 'IDRAC.2.8.SYS011', Message: 'a job is queued' }))
    await expect(write({ Vt: 'Enabled' })).rejects.toMatchObject({
      code: 'BMCJobConflict',
      about: 'JID_1, Scheduled',
      seen: expect.stringMatching(/it holds Quiet; .*a job is queued/),
    })
    expect(writes().map(({ method }) => method)).toEqual(['PATCH'])
  })

  it('says what was refused when no job is in the way', async () => {
    const { server, write } = await open(withJobs([job('JID_1', 'Failed')]), dell)
    server.on('PATCH', settings, replyError(400, 'MalformedJSON'))
    await expect(write({ Vt: 'Enabled' })).rejects.toMatchObject({ code: 'BMCRejected' })
  })

  it('finds a job that is not there yet right after it was made', async () => {
    const { server, write } = await open(withJobs([]), dell)
    server.on('PATCH', settings, reply(202, undefined, { Location: `${jobs}/JID_9` }))
    server.resources.set(`${jobs}/JID_9`, job('JID_9', 'Scheduled'))
    server.on('GET', `${jobs}/JID_9`, replyError(404, 'ResourceMissingAtURI'), 2)
    expect((await write({ Vt: 'Enabled' })).job).toBe(`${jobs}/JID_9`)
    expect(server.requests.filter(({ path }) => path === `${jobs}/JID_9`)).toHaveLength(3)
  })

  it('waits until the job is scheduled, as a restart before that passes it by', async () => {
    const { server, write } = await open(withJobs([]), dell)
    server.on('PATCH', settings, reply(202, undefined, { Location: `${jobs}/JID_9` }))
    server.resources.set(`${jobs}/JID_9`, job('JID_9', 'Scheduled'))
    server.on('GET', `${jobs}/JID_9`, reply(200, job('JID_9', 'New')), 2)
    await write({ Vt: 'Enabled' })
    expect(server.requests.filter(({ path }) => path === `${jobs}/JID_9`)).toHaveLength(3)
  })

  it('says what became of a job that failed', async () => {
    const { server, write } = await open(withJobs([]), dell)
    server.on('PATCH', settings, reply(202, undefined, { Location: `${jobs}/JID_9` }))
    const why = { Messages: [{ MessageId: 'IDRAC.2.8.PR21', Message: 'Unable to import.' }] }
    server.resources.set(`${jobs}/JID_9`, job('JID_9', 'Failed', why))
    await expect(write({ Vt: 'Enabled' })).rejects.toMatchObject({
      code: 'BMCTaskFailed',
      seen: expect.stringMatching(/Failed/),
    })
  })

  it('follows a task to the job that has taken over', async () => {
    const { server, write } = await open(biosTree())
    const task = '/redfish/v1/TaskService/Tasks/7'
    const message = { MessageId: 'Base.1.12.OperationTransitionedToJob', MessageArgs: [`${jobs}/JR_1`] }
    server.on('PATCH', settings, reply(202, { '@odata.id': task }))
    server.resources.set(task, { '@odata.id': task, TaskState: 'Completed', Messages: [message] })
    server.resources.set(`${jobs}/JR_1`, job('JR_1', 'Pending'))
    expect((await write({ Vt: 'Enabled' })).job).toBe(`${jobs}/JR_1`)
  })

  it('does not believe that all is applied already while a job is running and nothing became pending', async () => {
    const { server, write } = await open(withJobs([job('JID_1', 'Running')]), dell)
    server.on('PATCH', settings, reply(200, { '@Message.ExtendedInfo': [{ MessageId: 'Base.1.8.NoOperation' }] }))
    server.on('PATCH', bios, replyError(405, 'OperationNotAllowed'))
    await expect(write({ Vt: 'Enabled' })).rejects.toMatchObject({
      code: 'BMCBusy',
      about: 'JID_1, Running',
      seen: expect.stringContaining('Vt did not become pending'),
    })
  })

  it('does not believe a job that nobody can find afterwards', async () => {
    const { server, write } = await open(withJobs([]), dell)
    server.on('POST', jobs, reply(200, {}))
    await expect(write({ Vt: 'Enabled' })).rejects.toMatchObject({ code: 'BMCWriteIgnored' })
  })
})
