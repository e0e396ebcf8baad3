import { afterEach, describe, expect, it } from 'vitest'
import { biosTree, system } from '../../../test/support/bios-service.js'
import { bmcFor, call } from '../../../test/support/redfish-client.js'
import { startRedfishServer } from '../../../test/support/redfish-server.js'
import { systemClock } from '../../base/clock.js'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

const named = 'BiosAttributeRegistry.v1_0_0'
const registries = '/redfish/v1/Registries'

const open = async () => {
  const server = await startRedfishServer({
    tls: false,
    login: 'none',
    resources: biosTree({
      '/redfish/v1/Systems': { Members: [{ '@odata.id': system }] },
      [system]: {
        '@odata.id': system,
        Bios: { '@odata.id': `${system}/Bios` },
        BiosVersion: '1.2.3',
        PowerState: 'Off',
        Actions: { '#ComputerSystem.Reset': { target: `${system}/Actions/ComputerSystem.Reset` } },
      },
      [registries]: { Members: [{ '@odata.id': `${registries}/${named}` }] },
      [`${registries}/${named}`]: { Id: named, Location: [{ Language: 'en', Uri: '/registries/bios.json' }] },
      '/registries/bios.json': {
        Id: named,
        RegistryEntries: { Attributes: [{ AttributeName: 'Vt', Type: 'Enumeration' }] },
      },
    }),
  })
  stops.push(() => server.stop())
  let later = 0
  const bmc = await bmcFor(server, { clock: { ...systemClock, now: () => systemClock.now() + later } })
  stops.push(() => bmc.close())
  return {
    bmc,
    pass: (ms: number) => {
      later += ms
    },
    fetched: () => server.requests.filter(({ path }) => path === '/registries/bios.json').length,
  }
}

describe('a Redfish BMC', () => {
  it('keeps the attribute registry while firmware is worked on, however long that takes', async () => {
    const { bmc, pass, fetched } = await open()
    for (let turn = 0; turn < 3; turn++) {
      await bmc.readBios(call)
      pass(299_000)
    }
    expect(fetched()).toBe(1)
  })

  it('lets go of the registry when nobody asks for the BIOS any more, and fetches it again when somebody does', async () => {
    const { bmc, pass, fetched } = await open()
    await bmc.readBios(call)
    pass(301_000)
    await bmc.readPower(call)
    const { registry } = await bmc.readBios(call)
    expect(registry?.attributes.map(({ name }) => name)).toEqual(['Vt'])
    expect(fetched()).toBe(2)
  })
})
