import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { hostInventorySpecSchema } from '../../../api/metal/host-inventory.js'
import { ManualClock } from '../../../test/support/manual-clock.js'
import { bmcFor, call, clientFor, fastClock } from '../../../test/support/redfish-client.js'
import { machine, managerPath, systemPath } from '../../../test/support/redfish-machine.js'
import {
  type RedfishServer,
  type RedfishServerOptions,
  reply,
  startRedfishServer,
} from '../../../test/support/redfish-server.js'
import { isKatametalError } from '../../base/errors.js'
import type { Bmc } from '../model.js'
import type { RedfishClient } from './client.js'

let server: RedfishServer
const opened: (RedfishClient | Bmc)[] = []
const start = async (resources: Record<string, unknown> = machine(), options: RedfishServerOptions = {}) => {
  server = await startRedfishServer({ resources, ...options })
}
const opening = async <T extends RedfishClient | Bmc>(one: Promise<T>): Promise<T> => {
  opened.push(await one)
  return one
}
const client = () => opening(clientFor(server, { clock: fastClock }))
const bmc = () => opening(bmcFor(server))
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
  await server.stop()
})
const link = (path: string) => ({ '@odata.id': path })
const thing = '/redfish/v1/Thing'

describe('an answer', () => {
  it('that is nested deeper than any call stack is read, and so is what stands beside it', async () => {
    await start()
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    server.on('GET', thing, reply(200, `{"Name": "thing", "Deep": ${deep}}`))
    expect((await (await client()).get(thing, call)).body['Name']).toBe('thing')
  })

  it('of an error with arguments nested that deep is an error like any other', async () => {
    await start()
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const info = `{"MessageId": "Base.1.0.Odd", "Message": "odd", "MessageArgs": [${deep}]}`
    server.on('GET', thing, reply(400, `{"error": {"@Message.ExtendedInfo": [${info}]}}`))
    await expect((await client()).get(thing, call)).rejects.toMatchObject({ code: 'BMCRejected' })
  })

  it('with the same header twice is taken as if it stood there once', async () => {
    await start()
    server.on('GET', thing, (_request, response) => {
      response.setHeader('ETag', ['W/"1"', 'W/"1"'])
      response.end('{"Name": "thing"}')
    })
    expect((await (await client()).get(thing, call)).etag).toBe('W/"1"')
  })

  it('to a login with its token twice logs in all the same', async () => {
    await start()
    server.on(
      'POST',
      /Sessions$/,
      (_request, response) => {
        server.sessions.add('abcd')
        response.writeHead(201, { 'X-Auth-Token': ['abcd', 'abcd'], Location: ['/s/abcd', '/s/abcd'] })
        response.end('{}')
      },
      1,
    )
    expect((await (await client()).get(systemPath, call)).body['Model']).toBe('R1')
  })

  it('that takes 20 seconds is waited for', async () => {
    await start()
    const clock = new ManualClock()
    let answer: () => void = () => undefined
    const asked = new Promise<void>(resolve => {
      server.on('GET', thing, async (request, response, socket) => {
        resolve()
        await new Promise<void>(go => (answer = go))
        await reply(200, { Name: 'thing' })(request, response, socket)
      })
    })
    const slow = await opening(clientFor(server, { clock }))
    const reading = slow.get(thing, call)
    await asked
    await clock.advance(20_000)
    answer()
    expect((await reading).body['Name']).toBe('thing')
  })

  it('of a BMC whose clock stands in 1970 has its Retry-After judged by that clock', async () => {
    await start()
    const busy = { Date: 'Thu, 01 Jan 1970 00:10:00 GMT', 'Retry-After': 'Thu, 01 Jan 1970 00:10:02 GMT' }
    server.on('GET', thing, reply(503, {}, busy), 1)
    server.resources.set(thing, { Name: 'thing' })
    expect((await (await client()).get(thing, call)).body['Name']).toBe('thing')
  })
})

describe('a service', () => {
  it('that knows its root without a slash only is read', async () => {
    await start()
    server.on('GET', '/redfish/v1/', (request, response, socket) =>
      reply(request.path.endsWith('/') ? 404 : 200, machine()['/redfish/v1'])(request, response, socket),
    )
    expect((await (await bmc()).identify(call)).model).toBe('R1')
  })

  it('without any login, which refuses to POST, is read', async () => {
    await start(machine(), { login: 'none' })
    server.on('POST', /.*/, reply(405))
    expect((await (await bmc()).identify(call)).model).toBe('R1')
  })

  it('behind an IPv6 address is reached, with the address in brackets in the Host header', async () => {
    const hosts: (string | undefined)[] = []
    const six = createServer((request, response) => {
      hosts.push(request.headers.host)
      response.end('{"Systems": {"@odata.id": "/redfish/v1/Systems"}}')
    })
    await start()
    const up = await listening(six, '::1')
    if (!up) return
    const { port } = six.address() as AddressInfo
    const reader = await opening(clientFor(server, { address: { https: false, host: '::1', port } }))
    await reader.root(call)
    six.close()
    expect(hosts).toEqual([`[::1]:${port}`])
  })
})

/** False on machines without IPv6. */
const listening = async (one: Server, host: string): Promise<boolean> => {
  one.listen(0, host)
  const [event] = await Promise.race([
    once(one, 'listening').then(() => [true]),
    once(one, 'error').then(() => [false]),
  ])
  return event === true
}

describe('a link to another server', () => {
  const notOurs = (port: number) => [
    `http://127.0.0.1:${port}/redfish/v1/X`,
    `//127.0.0.1:${port}/redfish/v1/X`,
    `\\\\127.0.0.1:${port}\\redfish\\v1\\X`,
    `/\\127.0.0.1:${port}/redfish/v1/X`,
    `https://127.0.0.1:${port}@127.0.0.1:${port}/redfish/v1/X`,
    `https://admin:password@127.0.0.1:${port}/X`,
    `\thttp://127.0.0.1:${port}/X`,
  ]

  it('is never followed, wherever a service puts it, and the rest is read', async () => {
    let connections = 0
    const evil = createServer((_request, response) => void response.end('{}'))
    evil.on('connection', () => connections++)
    await listening(evil, '127.0.0.1')
    const { port } = evil.address() as AddressInfo
    for (const bad of notOurs(port)) {
      await start(
        machine({
          system: {
            Processors: link(bad),
            Memory: link(`${systemPath}/Memory`),
            EthernetInterfaces: link(`${systemPath}/EthernetInterfaces`),
            PCIeDevices: [link(bad)],
            Links: { Chassis: [link(bad)], ManagedBy: [link(bad), link(managerPath)] },
          },
          root: { UpdateService: link(bad), Chassis: link(bad) },
        }),
      )
      server.resources.set(`${systemPath}/Memory`, { Members: [link(bad)], 'Members@odata.nextLink': bad })
      server.resources.set(`${systemPath}/EthernetInterfaces`, { Members: [] })
      server.on('GET', `${systemPath}/EthernetInterfaces`, reply(308, {}, { Location: bad.trim() }))
      const one = await bmc()
      expect((await one.identify(call)).manager).toBe(managerPath)
      expect((await one.readInventory(call)).system).toMatchObject({ model: 'R1' })
      await one.readSensors(call)
      await one.readLogs({ limit: 5 }, call)
      for (const last of opened.splice(0)) await last.close()
      await server.stop()
    }
    await start()
    evil.close()
    expect(connections).toBe(0)
  })

  it('with dots stays on the BMC, whatever it leads to there', async () => {
    await start()
    await expect((await client()).get('/redfish/v1/../../../etc/passwd', call)).rejects.toMatchObject({
      code: 'BMCNotFound',
    })
    expect(server.requests.at(-1)?.path).toBe('/etc/passwd')
  })
})

describe('whatever a service puts in the place of a property', () => {
  const values = fc.constantFrom<unknown>(null, '', 'N/A', 0, -1, 1e300, true, [], {}, [null], [[]], ['x'], link('/x'))
  const rich = () => ({
    ...machine({
      root: { Chassis: link('/redfish/v1/Chassis'), UpdateService: link('/redfish/v1/UpdateService') },
      system: {
        Status: { Health: 'OK' },
        Processors: link(`${systemPath}/Processors`),
        Memory: link(`${systemPath}/Memory`),
        Storage: link(`${systemPath}/Storage`),
        EthernetInterfaces: link(`${systemPath}/EthernetInterfaces`),
        LogServices: link(`${systemPath}/LogServices`),
        TrustedModules: [{ InterfaceType: 'TPM2_0', FirmwareVersion: '7.2' }],
        Links: { Chassis: [link('/redfish/v1/Chassis/1')], ManagedBy: [link(managerPath)] },
      },
    }),
    ...collection(`${systemPath}/Processors`, { Model: 'Xeon 8462', TotalCores: 32, ProcessorType: 'CPU' }),
    ...collection(`${systemPath}/Memory`, { CapacityMiB: 32768, DeviceLocator: 'A1', Status: { Health: 'OK' } }),
    ...collection(`${systemPath}/EthernetInterfaces`, { MACAddress: '00:11:22:33:44:55', LinkStatus: 'LinkUp' }),
    ...collection(`${systemPath}/Storage`, {
      Drives: [link(`${systemPath}/Storage/0/Drive`)],
      StorageControllers: [{ Model: 'RAID' }],
    }),
    [`${systemPath}/Storage/0/Drive`]: { Name: 'Disk', CapacityBytes: 1e12, Identifiers: [{ DurableName: 'x' }] },
    ...collection(`${systemPath}/LogServices`, { Id: 'Sel', Entries: link(`${systemPath}/LogServices/0/Entries`) }),
    [`${systemPath}/LogServices/0/Entries`]: { Members: [{ Id: '1', Created: '2024-01-01T00:00:00Z', Message: 'm' }] },
    ...collection('/redfish/v1/Chassis', {
      Thermal: link('/redfish/v1/Chassis/0/Thermal'),
      Power: link('/redfish/v1/Chassis/0/Power'),
      NetworkAdapters: link('/redfish/v1/Chassis/0/NetworkAdapters'),
      PCIeDevices: link('/redfish/v1/Chassis/0/PCIeDevices'),
    }),
    '/redfish/v1/Chassis/0/Thermal': { Temperatures: [{ Name: 'T', ReadingCelsius: 20 }], Fans: [{ Reading: 1 }] },
    '/redfish/v1/Chassis/0/Power': { PowerSupplies: [{ Model: 'PSU', PowerCapacityWatts: 800 }] },
    ...collection('/redfish/v1/Chassis/0/NetworkAdapters', {
      Controllers: [{ ControllerCapabilities: { VirtualizationOffload: { VirtualFunction: { DeviceMaxCount: 8 } } } }],
      NetworkDeviceFunctions: link('/redfish/v1/Chassis/0/NetworkAdapters/0/NetworkDeviceFunctions'),
    }),
    ...collection('/redfish/v1/Chassis/0/NetworkAdapters/0/NetworkDeviceFunctions', {
      Ethernet: { MACAddress: '00:11:22:33:44:66' },
    }),
    ...collection('/redfish/v1/Chassis/0/PCIeDevices', { Links: { PCIeFunctions: [link('/redfish/v1/f')] } }),
    '/redfish/v1/f': { DeviceClass: 'NetworkController', VendorId: '0x8086' },
  })

  it('costs at most what it stands for: reading ends, with an inventory that fits the schema or a clear error', async () => {
    await start(rich())
    const places = [...server.resources].flatMap(([path, body]) => propertiesOf(body).map(keys => ({ path, keys })))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), values, async ({ path, keys }, value) => {
        const before = server.resources.get(path)
        server.resources.set(path, replaced(before, keys, value))
        const one = await bmcFor(server)
        try {
          const spec = await one.readInventory(call)
          expect(hostInventorySpecSchema.safeParse(spec).error?.message).toBeUndefined()
          await one.identify(call)
          await one.readSensors(call)
          await one.readLogs({ limit: 5 }, call)
        } catch (error) {
          if (!isKatametalError(error) || error.code === 'Internal') throw error
        } finally {
          await one.close()
          server.resources.set(path, before)
        }
      }),
      { numRuns: 60 },
    )
  }, 60_000)
})

const collection = (path: string, member: Record<string, unknown>): Record<string, unknown> => ({
  [path]: { '@odata.id': path, Members: [link(`${path}/0`)] },
  [`${path}/0`]: { '@odata.id': `${path}/0`, Id: '0', ...member },
})

/** The chains of keys of all properties, those within objects too. */
const propertiesOf = (body: unknown, prefix: readonly string[] = []): (readonly string[])[] =>
  typeof body !== 'object' || body === null
    ? []
    : Object.entries(body).flatMap(([key, value]) => [[...prefix, key], ...propertiesOf(value, [...prefix, key])])

const replaced = (body: unknown, [key, ...rest]: readonly string[], value: unknown): unknown => {
  if (key === undefined) return value
  const inner = (body as Record<string, unknown>)[key]
  if (Array.isArray(body))
    return body.map((item: unknown, index) => (String(index) === key ? replaced(item, rest, value) : item))
  return { ...(body as object), [key]: replaced(inner, rest, value) }
}
