import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { call, clientFor } from '../../../test/support/redfish-client.js'
import {
  failure,
  type RedfishServer,
  type Reply,
  reply,
  replyError,
  startRedfishServer,
} from '../../../test/support/redfish-server.js'
import type { RedfishClient } from './client.js'

const root = { '@odata.id': '/redfish/v1', Systems: { '@odata.id': '/redfish/v1/Systems' } }
const thing = '/redfish/v1/Thing'
const task = '/redfish/v1/TaskService/Tasks/7'

let server: RedfishServer
let client: RedfishClient
let etags: Map<string, string>
beforeEach(async () => {
  etags = new Map()
  server = await startRedfishServer({
    login: 'none',
    resources: { '/redfish/v1': root, [thing]: { '@odata.id': thing, Name: 'thing' } },
    etag: path => etags.get(path),
  })
  client = await clientFor(server)
})
afterEach(async () => {
  await client.close()
  await server.stop()
})
const sent = (method: string, path = thing) => server.requests.filter(one => one.method === method && one.path === path)
const ifMatch = () => sent('PATCH').map(one => one.headers['if-match'])

describe('a resource that is not there', () => {
  it.each([404, 405, 410, 501])('by status %i reads as nothing where nothing is allowed for', async status => {
    server.on('GET', thing, reply(status))
    expect(await client.tryGet(thing, call)).toBeUndefined()
    await expect(client.get(thing, call)).rejects.toMatchObject({ status })
  })

  it('is not mistaken for one that cannot be read', async () => {
    server.on('GET', thing, replyError(500, 'InternalError'))
    await expect(client.tryGet(thing, call)).rejects.toMatchObject({ code: 'BMCRejected', status: 500 })
  })

  it('is nothing without asking when there is no link to it', async () => {
    expect(await client.tryGet(undefined, call)).toBeUndefined()
    expect(server.requests).toEqual([])
  })

  it('under its link is looked for under the spelling that the service answered to', async () => {
    await client.get(thing, call)
    const part: Reply = (request, ...rest) =>
      reply(request.path === '/redfish/v1/Thing/Part' ? 200 : 404, { Name: 'part' })(request, ...rest)
    server.on('GET', '/redfish/v1/Thing/Part', part)
    expect(await client.tryGet('/redfish/v1/thing/Part', call)).toMatchObject({ path: '/redfish/v1/Thing/Part' })
  })

  it('counts as deleted', async () => {
    server.on('DELETE', thing, reply(404))
    await expect(client.remove(thing, call)).resolves.toBeUndefined()
  })
})

describe('the service root', () => {
  it('is asked for once', async () => {
    await client.root(call)
    await client.root(call)
    await client.get(thing, call)
    expect(server.requests.filter(one => one.path === '/redfish/v1/')).toHaveLength(1)
  })

  it('is asked for again with a login when it shows strangers nothing', async () => {
    server.on('GET', '/redfish/v1', reply(200, { RedfishVersion: '1.0.0' }), 1)
    expect((await client.root(call)).body).toMatchObject(root)
  })
})

describe('an ETag', () => {
  it('is taken from the header, or from the body, and is nothing when it is empty', async () => {
    etags.set(thing, 'W/"1"')
    expect((await client.get(thing, call)).etag).toBe('W/"1"')
    etags.delete(thing)
    expect((await client.get(thing, call)).etag).toBeUndefined()
    server.on('GET', thing, reply(200, { '@odata.etag': '"2"' }), 1)
    expect((await client.get(thing, call)).etag).toBe('"2"')
    server.on('GET', thing, reply(200, { '@odata.etag': '' }, { ETag: '' }), 1)
    expect((await client.get(thing, call)).etag).toBeUndefined()
  })

  it('of a resource that was read goes with its PATCH', async () => {
    etags.set(thing, '"1"')
    await client.patch(await client.get(thing, call), { Name: 'b' }, call)
    expect(ifMatch()).toEqual(['"1"'])
  })

  it('is fetched for services that demand one (428)', async () => {
    etags.set(thing, '"1"')
    server.on('PATCH', thing, replyError(428, 'PreconditionRequired'), 1)
    await client.patch(thing, { Name: 'b' }, call)
    expect(ifMatch()).toEqual([undefined, '"1"'])
    expect(server.resources.get(thing)).toMatchObject({ Name: 'b' })
  })

  it('is tried fresh, as a strong tag, not at all and as any, in that order, each once', async () => {
    etags.set(thing, 'W/"2"')
    server.on('PATCH', thing, replyError(412, 'PreconditionFailed'))
    const stale = { path: thing, etag: 'W/"1"', body: {} }
    await expect(client.patch(stale, {}, call)).rejects.toMatchObject({ code: 'BMCPrecondition', kind: 'transient' })
    expect(ifMatch()).toEqual(['W/"1"', 'W/"2"', '"2"', undefined, '*'])
  })

  it('is no longer varied when the write fails for another reason', async () => {
    etags.set(thing, '"1"')
    server.on('PATCH', thing, replyError(400, 'PropertyValueNotInList'), 1)
    server.on('PATCH', thing, replyError(412, 'PreconditionFailed'), 1)
    await expect(client.patch(thing, {}, call)).rejects.toMatchObject({ status: 400 })
    expect(ifMatch()).toEqual([undefined, '"1"'])
  })

  it('never goes with an action', async () => {
    etags.set(thing, '"1"')
    await client.get(thing, call)
    await client.action(thing, { ResetType: 'On' }, call)
    expect(sent('POST')[0]?.headers['if-match']).toBeUndefined()
  })
})

describe('the answer to a write', () => {
  it.each<[string, Parameters<typeof reply>, string]>([
    ['in the Location of 202', [202, undefined, { Location: task }], task],
    ['in an absolute Location', [202, undefined, { Location: `https://bmc.example${task}?x=1` }], `${task}?x=1`],
    ['in TaskMonitor', [202, { TaskMonitor: task }], task],
    ['as a link in TaskMonitor', [202, { TaskMonitor: { '@odata.id': task } }], task],
    ['as the body itself', [202, { '@odata.id': task, '@odata.type': '#Task.v1_4_3.Task' }], task],
    ['under Task', [202, { Task: { '@odata.id': task } }], task],
    [
      'as a job in the Location of 200',
      [200, {}, { Location: '/redfish/v1/Managers/1/Jobs/JID_1' }],
      '/redfish/v1/Managers/1/Jobs/JID_1',
    ],
    ['as a task in the body of 200', [200, { '@odata.id': task, '@odata.type': '#Task.v1_0_0.Task' }], task],
  ])('names its task %s', async (_where, answer, expected) => {
    server.on('PATCH', thing, reply(...answer))
    expect((await client.patch(thing, {}, call)).task).toBe(expected)
  })

  it('names no task when something was created or just done', async () => {
    server.on('POST', thing, reply(201, { '@odata.id': `${thing}/1` }, { Location: `${thing}/1` }))
    expect(await client.post(thing, {}, call)).toMatchObject({ status: 201, task: undefined, location: `${thing}/1` })
    expect(await client.patch(thing, {}, call)).toMatchObject({ status: 204, task: undefined, body: undefined })
  })

  it('brings the messages of a success', async () => {
    server.on(
      'PATCH',
      thing,
      reply(200, { 'Name@Message.ExtendedInfo': { MessageId: 'Base.1.0.PropertyNotWritable' } }),
    )
    expect((await client.patch(thing, {}, call)).messages.map(one => one.key)).toEqual(['PropertyNotWritable'])
  })

  it('is a success when the error says that there was nothing to do', async () => {
    server.on('PATCH', thing, replyError(400, 'NoOperation'))
    expect((await client.patch(thing, {}, call)).status).toBe(400)
  })
})

describe('a task', () => {
  const look = (...answer: Parameters<typeof reply>) => {
    server.on('GET', task, reply(...answer), 1)
    return client.task(task, call)
  }

  it.each([
    ['Running', 'Running'],
    ['Pending', 'Running'],
    ['New', 'Running'],
    ['Suspended', 'Running'],
    ['Completed', 'Done'],
    ['Exception', 'Failed'],
    ['Killed', 'Failed'],
    ['Cancelled', 'Failed'],
    ['a word of tomorrow', 'Running'],
  ])('in TaskState %s is %s', async (word, state) => {
    expect(await look(200, { TaskState: word, PercentComplete: 40 })).toMatchObject({ state, percent: 40, path: task })
  })

  it.each([
    ['Scheduled', 'Running'],
    ['Completed', 'Done'],
    ['CompletedWithErrors', 'Failed'],
    ['Failed', 'Failed'],
  ])('that is a job in JobState %s is %s', async (word, state) => {
    expect(await look(200, { JobState: word })).toMatchObject({ state })
  })

  it('that ended badly is no success though it is completed', async () => {
    expect(await look(200, { TaskState: 'Completed', TaskStatus: 'Critical' })).toMatchObject({ state: 'Failed' })
  })

  it('runs as long as its monitor says 202, and is done when that ends with 204 or a resource', async () => {
    expect(await look(202)).toMatchObject({ state: 'Running' })
    expect(await look(204)).toMatchObject({ state: 'Done' })
    expect(await look(200, { '@odata.id': thing })).toMatchObject({ state: 'Done' })
  })

  it('may be gone, which says nothing about how it ended', async () => {
    expect(await look(404, failure('ResourceMissingAtURI'))).toMatchObject({ state: 'Gone' })
  })

  it('may end as an error that says Success', async () => {
    expect(await look(400, failure('Success'))).toMatchObject({ state: 'Done' })
    expect(await look(200, failure({ MessageId: 'iLO.2.14.Success' }))).toMatchObject({ state: 'Done' })
    expect(await look(200, failure('InternalError'))).toMatchObject({ state: 'Failed' })
  })

  it('may be handed over to a job elsewhere', async () => {
    const messages = [
      { MessageId: 'Update.1.0.OperationTransitionedToJob', MessageArgs: ['/redfish/v1/JobService/Jobs/3'] },
    ]
    expect(await look(200, { TaskState: 'Completed', Messages: messages })).toMatchObject({
      state: 'Running',
      path: '/redfish/v1/JobService/Jobs/3',
    })
  })

  it('that failed says why', async () => {
    const messages = [{ MessageId: 'LC068', Message: 'A job is there already.' }]
    expect((await look(200, { TaskState: 'Exception', Messages: messages })).seen).toBe(
      'Exception: A job is there already.',
    )
  })
})
