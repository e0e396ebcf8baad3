import { afterEach, describe, expect, it } from 'vitest'
import { call, clientFor } from '../../../test/support/redfish-client.js'
import {
  type RedfishServer,
  type RedfishServerOptions,
  reply,
  replyError,
  startRedfishServer,
} from '../../../test/support/redfish-server.js'
import { KatametalError } from '../../base/errors.js'
import type { RedfishClient } from './client.js'
import { problemOf } from './collection.js'
import { expandQuery } from './expansion.js'

const memory = '/redfish/v1/Systems/1/Memory'
const drives = '/redfish/v1/Systems/1/Drives'
const refs = (collection: string, ...ids: (string | number)[]) =>
  ids.map(id => ({ '@odata.id': `${collection}/${id}` }))
const member = (collection: string, id: number) => ({ '@odata.id': `${collection}/${id}`, Id: String(id) })
const expandable = { ProtocolFeaturesSupported: { ExpandQuery: { NoLinks: true, Levels: true, MaxLevels: 1 } } }

let server: RedfishServer
let client: RedfishClient
const start = async (root: object = {}, options: RedfishServerOptions = {}) => {
  server = await startRedfishServer({
    login: 'none',
    expand: true,
    ...options,
    resources: {
      '/redfish/v1': { '@odata.id': '/redfish/v1', Systems: { '@odata.id': '/redfish/v1/Systems' }, ...root },
      [memory]: { '@odata.id': memory, Members: refs(memory, 1, 2, 3) },
      [drives]: { '@odata.id': drives, Members: refs(drives, 1) },
      ...Object.fromEntries([1, 2, 3].map(id => [`${memory}/${id}`, member(memory, id)])),
      [`${drives}/1`]: member(drives, 1),
    },
  })
  client = await clientFor(server)
}
afterEach(async () => {
  await client.close()
  await server.stop()
})
const ids = async (collection = memory) => (await client.members(collection, call)).resources.map(one => one.body['Id'])
const asked = () =>
  server.requests.filter(one => one.method === 'GET' && one.path !== '/redfish/v1/').map(one => one.path)

describe('a collection', () => {
  it('is read member by member where the service offers no $expand', async () => {
    await start()
    expect(await ids()).toEqual(['1', '2', '3'])
    expect(asked()).toHaveLength(4)
  })

  it('is read in one request where the service offers $expand', async () => {
    await start(expandable)
    expect(await ids()).toEqual(['1', '2', '3'])
    expect(asked()).toEqual([`${memory}?$expand=.($levels=1)`])
  })

  it.each([400, 404, 405, 500, 501])(
    'that refuses $expand with %i is read member by member, and not asked so again',
    async status => {
      await start(expandable)
      server.on('GET', /expand/, replyError(status, 'QueryNotSupportedOnResource'))
      expect(await ids()).toEqual(['1', '2', '3'])
      expect(await ids()).toEqual(['1', '2', '3'])
      expect(asked().filter(path => path.includes('expand'))).toHaveLength(1)
    },
  )

  it('of another kind may still be asked with $expand after one kind refused', async () => {
    await start(expandable)
    server.on('GET', /Memory\?\$expand/, replyError(400, 'QueryNotSupportedOnResource'))
    await ids()
    expect(await ids(drives)).toEqual(['1'])
    expect(asked()).toContain(`${drives}?$expand=.($levels=1)`)
  })

  it('of a service at which $expand never worked is no longer asked with it after two failures', async () => {
    await start(expandable)
    server.on('GET', /expand/, replyError(404, 'ResourceMissingAtURI'))
    const volumes = '/redfish/v1/Systems/1/Volumes'
    server.resources.set(volumes, { Members: [] })
    expect(await ids()).toEqual(['1', '2', '3'])
    expect(await ids(drives)).toEqual(['1'])
    expect(await ids(volumes)).toEqual([])
    expect(asked().filter(path => path.includes('$expand'))).toHaveLength(2)
  })

  it('of a service that ignores $expand is read member by member from the same answer', async () => {
    await start(expandable, { expand: false })
    expect(await ids()).toEqual(['1', '2', '3'])
    expect(asked()).toHaveLength(4)
    await ids()
    expect(asked().filter(path => path.includes('expand'))).toHaveLength(1)
  })

  it('that came expanded in part is completed', async () => {
    await start(expandable)
    server.on('GET', /expand/, reply(200, { Members: [member(memory, 1), { '@odata.id': `${memory}/2` }] }))
    expect(await ids()).toEqual(['1', '2'])
  })

  it('is read over all its pages', async () => {
    await start()
    server.resources.set(memory, { Members: refs(memory, 1), 'Members@odata.nextLink': `${memory}?$skip=1` })
    server.on(
      'GET',
      `${memory}?$skip=1`,
      reply(200, { Members: refs(memory, 2), 'Members@odata.nextLink': { '@odata.id': `${memory}?$skip=2` } }),
    )
    server.on('GET', `${memory}?$skip=2`, reply(200, { Members: refs(memory, 3) }))
    expect(await ids()).toEqual(['1', '2', '3'])
  })

  it('whose pages go round in a circle ends', async () => {
    await start()
    server.resources.set(memory, { Members: refs(memory, 1), 'Members@odata.nextLink': memory })
    expect(await ids()).toEqual(['1'])
  })

  it('with a page that cannot be read gives the rest, and a problem', async () => {
    await start()
    server.resources.set(memory, { Members: refs(memory, 1), 'Members@odata.nextLink': `${memory}?$skip=1` })
    server.on('GET', `${memory}?$skip=1`, reply(500))
    const { resources, problems } = await client.members(memory, call)
    expect(resources).toHaveLength(1)
    expect(problems).toMatchObject([{ about: `${memory}?$skip=1` }])
  })

  it('with a broken member gives the rest, and a problem that says which and why', async () => {
    await start()
    server.on('GET', `${memory}/2`, reply(200, '{"Id": '))
    const { resources, problems } = await client.members(memory, call)
    expect(resources.map(one => one.body['Id'])).toEqual(['1', '3'])
    expect(problems).toMatchObject([{ about: `${memory}/2`, message: expect.stringContaining('makes no sense') }])
  })

  it('with a member on another server does not go there', async () => {
    await start()
    server.resources.set(memory, { Members: [{ '@odata.id': 'https://evil.example/x' }, ...refs(memory, 1)] })
    const { resources, problems } = await client.members(memory, call)
    expect(resources).toHaveLength(1)
    expect(problems).toMatchObject([{ about: 'https://evil.example/x' }])
  })

  it('that lists a member many times, however spelled, reads it once', async () => {
    await start()
    server.resources.set(memory, { Members: refs(memory, 1, 1, '1/') })
    expect(await ids()).toEqual(['1'])
  })

  it.each([undefined, 'text', {}, [null, 7, []]])('with %j for members is empty', async Members => {
    await start()
    server.resources.set(memory, { '@odata.id': memory, Members })
    expect(await ids()).toEqual([])
  })

  it('that is not there, or not linked, is empty', async () => {
    await start()
    expect(await client.members('/redfish/v1/Nowhere', call)).toEqual({ resources: [], problems: [] })
    expect(await client.members(undefined, call)).toEqual({ resources: [], problems: [] })
  })

  it('is given up when the caller gives up', async () => {
    await start()
    const controller = new AbortController()
    server.on('GET', `${memory}/1`, () => controller.abort())
    await expect(client.members(memory, { signal: controller.signal })).rejects.toMatchObject({ code: 'Cancelled' })
  })
})

describe('the $expand query', () => {
  const query = (ExpandQuery: unknown) => expandQuery({ ProtocolFeaturesSupported: { ExpandQuery } })

  it.each([
    [{ NoLinks: true, Levels: true, MaxLevels: 6 }, '$expand=.($levels=1)'],
    [{ NoLinks: true, ExpandAll: true }, '$expand=.'],
    [{ NoLinks: true, Levels: true, MaxLevels: 0 }, '$expand=.'],
    [{ ExpandAll: true, Levels: true }, '$expand=*($levels=1)'],
    [{ ExpandAll: true }, '$expand=*'],
    [{ Links: true }, undefined],
    [{}, undefined],
    [undefined, undefined],
    ['text', undefined],
  ])('by what the service offers (%j) is %s', (offered, expected) => {
    expect(query(offered)).toBe(expected)
  })
})

describe('an error of one resource', () => {
  it.each(['BMCNotFound', 'BMCProtocol', 'BMCTimeout', 'BMCConnectionLost', 'BMCForbidden', 'BMCRejected'] as const)(
    '%s is a problem, and the rest goes on',
    code => {
      expect(problemOf('/x', new KatametalError(code, { seen: 'y'.repeat(3000) })).message.length).toBeLessThanOrEqual(
        1024,
      )
    },
  )

  it.each([
    'BMCUnreachable',
    'BMCLoginRefused',
    'BMCSessionLimit',
    'Cancelled',
    'DeadlineExceeded',
    'Internal',
  ] as const)('%s ends everything', code => {
    expect(() => problemOf('/x', new KatametalError(code))).toThrow(expect.objectContaining({ code }))
  })
})
