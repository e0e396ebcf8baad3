import { afterEach, describe, expect, it } from 'vitest'
import { bios, biosResource, biosTree, openBiosService, settings, system } from '../../../test/support/bios-service.js'
import { reply, replyError } from '../../../test/support/redfish-server.js'
import { readBios } from './bios.js'

const call = { signal: new AbortController().signal }
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

const open = async (resources: Record<string, unknown>) => {
  const service = await openBiosService({ resources })
  stops.push(service.stop)
  const read = () => readBios(service.client, service.context, call)
  const gets = () => service.server.requests.map(({ method, path }) => `${method} ${path}`)
  return { ...service, read, gets }
}

const registries = '/redfish/v1/Registries'
const members = (...ids: string[]) => ({ Members: ids.map(id => ({ '@odata.id': `${registries}/${id}` })) })
const registryFile = (id: string, location: unknown, over: object = {}) => ({ Id: id, Location: location, ...over })
const registry = (name: string, over: object = {}) => ({
  Id: 'BiosAttributeRegistry.v1_0_0',
  RegistryEntries: { Attributes: [{ AttributeName: name, Type: 'Enumeration', ...over }] },
})

describe('reading BIOS settings', () => {
  it('tells what is, what waits, and which BIOS it is', async () => {
    const { read } = await open(biosTree({ [settings]: { Attributes: { Vt: 'Enabled', Delay: 3 } } }))
    expect(await read()).toMatchObject({
      vendor: 'generic',
      biosVersion: '1.2.3',
      attributes: { Vt: 'Disabled', Vtd: 'Disabled', Delay: 3, Quiet: true },
      pending: { Vt: 'Enabled' },
      registry: undefined,
      complaints: [],
    })
  })

  it.each([
    ['is not there yet', undefined],
    ['has no attributes', { '@odata.id': settings }],
    ['has null in their place', { Attributes: null }],
    ['is a full copy', biosResource()],
  ])('finds nothing pending when the settings resource %s', async (_what, resource) => {
    const tree = biosTree()
    delete tree[settings]
    const { read } = await open(resource === undefined ? tree : { ...tree, [settings]: resource })
    expect((await read()).pending).toEqual({})
  })

  it('finds nothing pending where there is no settings resource at all', async () => {
    const { read, gets } = await open(biosTree({ [bios]: { Attributes: { Vt: 'Enabled' } } }))
    expect((await read()).pending).toEqual({})
    expect(gets()).not.toContain(`GET ${settings}`)
  })

  it('goes on when the settings resource is broken JSON', async () => {
    const { server, read } = await open(biosTree())
    server.on('GET', settings, reply(200, '{"Attributes": '))
    expect((await read()).attributes).toHaveProperty('Vt')
  })

  it('passes on attributes that are objects or null as they are served', async () => {
    const odd = { 'VT for Directed I/O': { current_value: 'Enabled', reset_type: 'Cold' }, Empty: null }
    const { read } = await open(biosTree({ [bios]: biosResource({}, odd) }))
    expect((await read()).attributes).toMatchObject(odd)
  })

  it('tells what could not be applied at the last restart', async () => {
    const messages = [{ MessageId: 'Base.1.0.PropertyUnknown', Message: 'no such', MessageArgs: ['Vtd'] }]
    const { read } = await open(biosTree({ [bios]: biosResource({ Messages: messages }) }))
    expect((await read()).complaints).toEqual([{ attribute: 'Vtd', message: 'no such' }])
  })

  it('says that the system has no BIOS settings when it has no Bios resource', async () => {
    const tree = biosTree({ [system]: { '@odata.id': system } })
    delete tree[bios]
    const { read } = await open(tree)
    await expect(read()).rejects.toMatchObject({ code: 'BMCUnsupported' })
  })

  it('finds a Bios resource that the system does not link', async () => {
    const { read } = await open(biosTree({ [system]: { '@odata.id': system } }))
    expect((await read()).attributes).toHaveProperty('Vt')
  })

  it('waits for attributes that are to come, and says so when none are', async () => {
    const { server, read } = await open(biosTree({ [bios]: { AttributeRegistry: 'x', Id: 'Bios' } }))
    await expect(read()).rejects.toMatchObject({ code: 'BMCBusy' })
    server.resources.set(bios, { Id: 'Bios', Actions: {} })
    await expect(read()).rejects.toMatchObject({ code: 'BMCUnsupported' })
  })
})

describe('the attribute registry of a service', () => {
  const named = 'BiosAttributeRegistry.v1_0_0'

  it('is fetched in English only, and neither other languages nor other registries are opened', async () => {
    const place = (Language: string) => ({ Language, Uri: `/redfish/v1/store/${Language}/bios` })
    const { read, gets } = await open(
      biosTree({
        [registries]: members('Base.1.0.0', named, 'TaskEvent.1.0.0'),
        [`${registries}/${named}`]: registryFile(named, [place('ja'), place('en-US'), place('zh')]),
        '/redfish/v1/store/en-US/bios': registry('Vt'),
      }),
    )
    const snapshot = await read()
    expect(snapshot.registry?.attributes.map(({ name }) => name)).toEqual(['Vt'])
    expect(snapshot.registryEvidence).toMatch(/exact Id .* en-US/)
    expect(gets()).toEqual([
      `GET ${bios}`,
      `GET ${settings}`,
      `GET ${registries}`,
      `GET ${registries}/${named}`,
      'GET /redfish/v1/store/en-US/bios',
    ])
  })

  it('is fetched once in the life of a connection', async () => {
    const { read, gets } = await open(
      biosTree({
        [registries]: members(named),
        [`${registries}/${named}`]: registryFile(named, [{ Language: 'en', Uri: '/registries/bios.json' }]),
        '/registries/bios.json': registry('Vt'),
      }),
    )
    expect(await read()).toEqual(await read())
    expect(gets().filter(get => get.includes('egistries'))).toHaveLength(3)
  })

  it('may be found by the Registry property of a file with a name that says nothing', async () => {
    const { read } = await open(
      biosTree({
        [registries]: members('One', 'Two'),
        [`${registries}/One`]: registryFile('One', [], { Registry: 'Base.1.0' }),
        [`${registries}/Two`]: registryFile('Two', { Uri: '/two.json' }, { Registry: named }),
        '/two.json': registry('Vt'),
      }),
    )
    expect((await read()).registryEvidence).toMatch(/exact Registry/)
  })

  it.each([`${registries}/${named}`, `/registries/${named}.json`])(
    'is found where Bios names it by the path %s',
    async path => {
      const { read } = await open(
        biosTree({
          [bios]: biosResource({}, {}, { AttributeRegistry: path }),
          [registries]: members('Base.1.0.0', named),
          [`${registries}/${named}`]: registryFile(named, [{ Language: 'en', Uri: '/r.json' }]),
          '/r.json': registry('Vt'),
        }),
      )
      expect((await read()).registryEvidence).toMatch(/exact Id/)
    },
  )

  it('is looked for on all pages of the collection', async () => {
    const { read } = await open(
      biosTree({
        [registries]: { ...members('Base.1.0.0'), 'Members@odata.nextLink': `${registries}/page2` },
        [`${registries}/page2`]: members('BiosAttributeRegistry'),
        [`${registries}/BiosAttributeRegistry`]: registryFile('BiosAttributeRegistry', [{ Uri: '/r.json' }]),
        '/r.json': registry('Vt'),
      }),
    )
    expect((await read()).registryEvidence).toMatch(/begins like/)
  })

  it('is found below the Bios resource when no file leads to it', async () => {
    const { read } = await open(biosTree({ [`${bios}/BiosRegistry`]: registry('Vt') }))
    expect((await read()).registryEvidence).toMatch(/below the Bios resource/)
  })

  it.each([
    ['there is no collection', {}, /no registry file matches/],
    ['its file says no place', { [`${registries}/${named}`]: registryFile(named, []) }, /says no place/],
    [
      'what is there is none',
      { [`${registries}/${named}`]: registryFile(named, [{ Uri: '/r.json' }]), '/r.json': { Id: 'Messages' } },
      /holds no attributes/,
    ],
    [
      'it would be on another server',
      { [`${registries}/${named}`]: registryFile(named, [{ Uri: 'https://elsewhere.example/r.json' }]) },
      /elsewhere/,
    ],
  ])('is absent, and the reason is told, when %s', async (_what, over, evidence) => {
    const { read } = await open(
      biosTree({ [registries]: Object.keys(over).length === 0 ? undefined : members(named), ...over }),
    )
    const snapshot = await read()
    expect(snapshot.registry).toBeUndefined()
    expect(snapshot.registryEvidence).toMatch(evidence)
  })

  it('is not taken for absent while the service is busy', async () => {
    const { server, read } = await open(biosTree({ [registries]: members(named) }))
    server.on('GET', `${registries}/${named}`, replyError(503, 'ServiceTemporarilyUnavailable'))
    server.on('GET', registries, replyError(503, 'ServiceTemporarilyUnavailable'))
    await expect(read()).rejects.toMatchObject({ code: 'BMCBusy' })
  })

  it('makes equal what a settings resource calls by display names', async () => {
    const values = { Value: [{ ValueName: 'Disabled', ValueDisplayName: 'Disable' }] }
    const { read } = await open(
      biosTree({
        [`${bios}/BiosRegistry`]: registry('Vt', values),
        [settings]: { Attributes: { Vt: 'Disable' } },
      }),
    )
    expect((await read()).pending).toEqual({})
  })
})
