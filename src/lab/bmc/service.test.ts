import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { simulators } from '../../../test/support/bmc-simulators.js'
import { ask, credentials, read } from '../../../test/support/bmc-client.js'

const start = simulators()

describe('the service of a BMC simulator', () => {
  it('lets anybody read the root, odata and $metadata, and nothing else', async () => {
    const { bmc } = await start()
    for (const path of ['/redfish', '/redfish/v1', '/redfish/v1/', '/redfish/v1/odata', '/redfish/v1/$metadata'])
      expect((await ask(bmc, 'GET', path, { login: false })).status, path).toBe(200)
    for (const path of ['/redfish/v1/Systems', '/redfish/v1/SessionService', '/nowhere'])
      expect((await ask(bmc, 'GET', path, { login: false })).status, path).toBe(401)
    const metadata = await ask(bmc, 'GET', '/redfish/v1/$metadata', { login: false })
    expect(metadata.headers['content-type']).toBe('application/xml')
    expect(metadata.text).toContain('EntityContainer')
  })

  it('finds resources whatever the case of the path and however many slashes end it', async () => {
    const { bmc } = await start({ persona: 'hpe' })
    const paths = ['/redfish/v1/Systems/1/Bios', '/REDFISH/V1/systems/1/BIOS/', '/redfish/v1/systems/1/bios//']
    const bodies = await Promise.all(paths.map(path => read(bmc, path)))
    expect(new Set(bodies.map(body => body['@odata.id']))).toEqual(new Set(['/redfish/v1/systems/1/bios/']))
  })

  it('serves a registry that is outside of /redfish/v1', async () => {
    const { bmc } = await start({ persona: 'supermicro' })
    const registry = await read(bmc, '/registries/BiosAttributeRegistry.1.0.0.json')
    expect(registry.RegistryEntries.Attributes[0].Value).toContainEqual({
      ValueName: '1',
      ValueDisplayName: 'Enable',
    })
  })

  it('answers what does not exist with 404 and an error body with a message id', async () => {
    const { bmc } = await start({ persona: 'lenovo' })
    const { status, body } = await ask(bmc, 'GET', '/redfish/v1/Systems/77')
    expect(status).toBe(404)
    expect(body.error['@Message.ExtendedInfo'][0].MessageId).toBe('Base.1.12.ResourceMissingAtURI')
  })

  it('puts the extended info of errors as an object where the service is known to do so', async () => {
    const { bmc } = await start({ persona: 'dell' })
    const { body } = await ask(bmc, 'GET', '/redfish/v1/Systems/77')
    expect(body.error['@Message.ExtendedInfo'].MessageId).toBe('IDRAC.2.8.ResourceMissingAtURI')
  })

  it('sends the headers that DSP0266 demands, and HEAD like GET without a body', async () => {
    const { bmc } = await start()
    const get = await ask(bmc, 'GET', '/redfish/v1/Systems')
    expect(get.headers).toMatchObject({ 'odata-version': '4.0', 'cache-control': 'no-cache', allow: 'GET, HEAD' })
    const head = await ask(bmc, 'HEAD', '/redfish/v1/Systems')
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', get.headers['content-length']])
  })

  it('refuses methods that a resource does not take, naming those it does', async () => {
    const { bmc } = await start()
    for (const [method, path] of [
      ['DELETE', '/redfish/v1'],
      ['PATCH', '/redfish/v1/Systems'],
      ['POST', '/redfish/v1/Systems'],
      ['PUT', '/redfish/v1/Systems'],
    ] as const) {
      const { status, headers } = await ask(bmc, method, path, { json: {} })
      expect([status, headers.allow], `${method} ${path}`).toEqual([405, 'GET, HEAD'])
    }
    const action = '/redfish/v1/Systems/System.Embedded.1/Actions/ComputerSystem.Reset'
    expect((await ask(bmc, 'GET', action)).headers.allow).toBe('POST')
  })

  it('refuses another OData version', async () => {
    const { bmc } = await start()
    const old = await ask(bmc, 'GET', '/redfish/v1', { headers: { 'OData-Version': '3.0' } })
    expect(old.status).toBe(412)
    expect((await ask(bmc, 'GET', '/redfish/v1', { headers: { 'OData-Version': '4.0' } })).status).toBe(200)
  })

  it('changes what can be written, tells what cannot, and refuses when nothing can', async () => {
    const { bmc } = await start({ persona: 'hpe' })
    const path = '/redfish/v1/Systems/1'
    const mixed = await ask(bmc, 'PATCH', path, { json: { AssetTag: 'rack 7', SerialNumber: 'X' } })
    expect(mixed.status).toBe(200)
    expect(mixed.body['@Message.ExtendedInfo'][0].RelatedProperties).toEqual(['#/SerialNumber'])
    expect((await read(bmc, path)).AssetTag).toBe('rack 7')
    expect((await ask(bmc, 'PATCH', path, { json: { SerialNumber: 'X' } })).status).toBe(400)
    expect((await ask(bmc, 'PATCH', path, { json: { '@odata.id': '/x' } })).status).toBe(400)
    expect((await ask(bmc, 'PATCH', path, { text: '{"AssetTag": ' })).status).toBe(400)
    expect((await read(bmc, path)).AssetTag).toBe('rack 7')
  })

  it('expands collections as far as the root advertises it', async () => {
    const { bmc } = await start({ persona: 'hpe' })
    const expanded = await read(bmc, '/redfish/v1/Systems/1/Memory?$expand=.')
    expect(expanded.Members[0].DeviceLocator).toBe('DIMM 1')
    const refused = await ask(bmc, 'GET', '/redfish/v1/Systems/1/Memory?$expand=*')
    expect(refused.body.error['@Message.ExtendedInfo'][0].MessageId).toBe('iLO.2.14.QueryNotSupported')
    expect((await ask(bmc, 'GET', '/redfish/v1/Systems/1/Memory?$expand=.($levels=2)')).status).toBe(400)
  })

  it('expands two levels where two are advertised, and leaves links alone unless asked', async () => {
    const { bmc } = await start({ persona: 'supermicro' })
    const storage = await read(bmc, '/redfish/v1/Systems/1/Storage?$expand=.($levels=2)')
    expect(storage.Members[0].Drives[0].CapacityBytes).toBeGreaterThan(0)
    const system = await read(bmc, '/redfish/v1/Systems?$expand=.($levels=1)')
    expect(system.Members[0].Links.Chassis).toEqual([{ '@odata.id': '/redfish/v1/Chassis/1' }])
    expect(Object.keys(system.Members[0].Bios)).toEqual(['@odata.id'])
  })

  it('answers the only member of a collection, ignores unknown words, and refuses unknown options', async () => {
    const { bmc } = await start()
    expect((await read(bmc, '/redfish/v1/Systems?only')).Id).toBe('System.Embedded.1')
    expect((await ask(bmc, 'GET', '/redfish/v1/Systems?rubbish=1')).status).toBe(200)
    expect((await ask(bmc, 'GET', '/redfish/v1/Systems?$filter=x')).status).toBe(501)
    expect((await ask(bmc, 'GET', '/redfish/v1/Systems?only=1')).status).toBe(400)
    expect((await ask(bmc, 'GET', '/redfish/v1/AccountService?only')).status).toBe(400)
  })

  it('says where the schema of each resource is, and names all of them in $metadata', async () => {
    const { bmc } = await start()
    const { headers, body } = await ask(bmc, 'HEAD', '/redfish/v1/Systems/System.Embedded.1')
    expect(body).toBeUndefined()
    expect(headers.link).toBe('<http://redfish.dmtf.org/schemas/v1/ComputerSystem.v1_14_0.json>; rel=describedby')
    const metadata = (await ask(bmc, 'GET', '/redfish/v1/$metadata', { login: false })).text
    expect(metadata).toContain('<edmx:Include Namespace="ComputerSystem.v1_14_0"/>')
    expect(metadata).toContain('Extends="ServiceRoot.v1_9_0.ServiceContainer"')
  })

  it('lists the root and everything right below it in the odata document', async () => {
    const { bmc } = await start()
    const { value } = (await ask(bmc, 'GET', '/redfish/v1/odata', { login: false })).body
    expect(value).toContainEqual({ name: 'Service', kind: 'Singleton', url: '/redfish/v1/' })
    expect(value).toContainEqual({ name: 'EventService', kind: 'Singleton', url: '/redfish/v1/EventService' })
    expect(value.map(({ name }: { name: string }) => name)).not.toContain('Links')
  })

  it('answers a method that HTTP does not know with 501', async () => {
    const { bmc } = await start({ tls: false })
    const { port } = new URL(bmc.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write('FROBNICATE /redfish/v1/ HTTP/1.1\r\nHost: bmc\r\n\r\n')
    const [first] = (await once(socket, 'data')) as [Buffer]
    expect(first.toString()).toMatch(/^HTTP\/1\.1 501 /)
  })

  it('takes a firmware update as a task that ends in failure, and only over protocols it offers', async () => {
    const { bmc, clock } = await start({ persona: 'lenovo' })
    const action = '/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate'
    expect((await ask(bmc, 'POST', action, { json: {} })).status).toBe(400)
    expect((await ask(bmc, 'POST', action, { json: { ImageURI: 'ftp://x/bios.bin' } })).status).toBe(400)
    const { status, headers } = await ask(bmc, 'POST', action, { json: { ImageURI: 'https://x/bios.bin' } })
    expect(status).toBe(202)
    const task = String(headers.location)
    expect((await read(bmc, task)).TaskState).toBe('Running')
    await clock.advance(1000)
    expect(await read(bmc, task)).toMatchObject({ TaskState: 'Exception', TaskStatus: 'Critical' })
    expect((await read(bmc, '/redfish/v1/TaskService/Tasks')).Members).toEqual([{ '@odata.id': task }])
  })

  it('keeps a journal of requests without secrets', async () => {
    const { bmc } = await start()
    await ask(bmc, 'GET', '/redfish/v1/Systems')
    await ask(bmc, 'POST', '/redfish/v1/SessionService/Sessions', {
      json: { UserName: credentials.username, Password: credentials.password },
      login: false,
    })
    expect(bmc.journal.requests).toMatchObject([
      { method: 'GET', path: '/redfish/v1/Systems', status: 200 },
      { method: 'POST', path: '/redfish/v1/SessionService/Sessions', status: 201 },
    ])
    expect(JSON.stringify(bmc.journal.entries)).not.toContain(credentials.password)
  })

  it('is told by its address how to be driven, and can be served over plain http', async () => {
    const { bmc } = await start()
    expect(bmc.address).toBe(
      `redfish-virtualmedia://${bmc.url.slice('https://'.length)}/redfish/v1/Systems/System.Embedded.1`,
    )
    expect(bmc.fingerprint).toMatch(/^[0-9a-f]{64}$/)
    const plain = (await start({ tls: false })).bmc
    expect(plain.address).toMatch(/^redfish-virtualmedia\+http:\/\/127\.0\.0\.1:\d+\/redfish\/v1\/Systems\//)
    expect((await ask(plain, 'GET', '/redfish/v1/Systems')).status).toBe(200)
  })

  it('answers 503 and forgets its sessions while the BMC itself restarts', async () => {
    const { bmc, clock } = await start()
    await ask(bmc, 'POST', '/redfish/v1/SessionService/Sessions', {
      json: { UserName: credentials.username, Password: credentials.password },
    })
    expect(bmc.sessions).toBe(1)
    const reset = '/redfish/v1/Managers/iDRAC.Embedded.1/Actions/Manager.Reset'
    expect((await ask(bmc, 'POST', reset, { json: { ResetType: 'GracefulRestart' } })).status).toBe(204)
    expect((await ask(bmc, 'GET', '/redfish/v1')).status).toBe(503)
    await clock.advance(2000)
    expect((await ask(bmc, 'GET', '/redfish/v1')).status).toBe(200)
    expect(bmc.sessions).toBe(0)
  })
})
