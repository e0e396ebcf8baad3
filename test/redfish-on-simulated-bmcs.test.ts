import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../src/base/clock.js'
import { silentLogger } from '../src/base/log.js'
import { createBmc } from '../src/bmc/bmc.js'
import type { BmcCall } from '../src/bmc/model.js'
import { loadVendors } from '../src/bmc/vendors.js'
import type { PersonaName } from '../src/lab/bmc/personas/personas.js'
import { type Fleet, startFleet } from '../src/lab/fleet.js'

const wishes = {
  dell: { ProcVirtualization: 'Enabled', SriovGlobalEnable: 'Enabled' },
  hpe: { Sriov: 'Disabled' },
  lenovo: {
    Processors_IntelVirtualizationTechnology: 'Enabled',
    DevicesandIOPorts_IntelVTforDirectedIOVTd: 'Enabled',
  },
  supermicro: { IntelVirtualizationTechnology_3C6F: 'Enable', IntelVTforDirectedI_O_VT_d__1E32: 'Enable' },
  ami: { ProcessorVmxEnable: 'Enable', VTdSupport: 'Enable' },
  cisco: { IntelVT: 'Enabled', IntelVTD: 'Enabled' },
} as const satisfies Record<PersonaName, Record<string, string>>

const fleets: Fleet[] = []
afterEach(async () => {
  await Promise.all(fleets.splice(0).map(fleet => fleet.stop()))
})

const start = async (persona: PersonaName) => {
  const fleet = await startFleet({
    count: 1,
    personas: [persona],
    clock: systemClock,
    namespace: 'lab',
    bmcTimings: { speed: 20 },
    serverTimings: { speed: 20 },
  })
  fleets.push(fleet)
  const [machine] = fleet.machines
  if (machine === undefined) throw new Error('the fleet is empty')
  const bmc = createBmc({
    address: machine.host.spec.bmc.address,
    access: {
      username: 'admin',
      password: machine.password,
      trust: { kind: 'fingerprint', sha256: machine.bmc.fingerprint },
    },
    vendors: await loadVendors(),
    clock: systemClock,
    log: silentLogger,
  })
  const call: BmcCall = { signal: AbortSignal.timeout(15_000) }
  return { machine, bmc, call }
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 10))
}

describe.each(Object.keys(wishes) as PersonaName[])('the Redfish driver on the %s persona', persona => {
  it('sets BIOS attributes, boots the virtual CD once, cleans up and logs out', async () => {
    const { machine, bmc, call } = await start(persona)
    const identity = await bmc.identify(call)
    expect([identity.vendor, identity.bootMethods[0], identity.biosSettings]).toEqual([persona, 'VirtualMedia', true])

    const wish = wishes[persona]
    expect((await bmc.writeBios(wish, call)).refused).toEqual([])
    const pending = await bmc.readBios(call)
    expect(pending.pending).toEqual(wish)
    expect(pending.registry?.attributes.length).toBeGreaterThan(0)

    await bmc.insertVirtualMedia('https://127.0.0.1:1/old.iso', call)
    await bmc.insertVirtualMedia('https://127.0.0.1:1/boot.iso', call)
    await bmc.setBootOverride({ target: 'Cd', enabled: 'Once' }, call)
    expect(await bmc.readBootOverride(call)).toMatchObject({ target: 'Cd', enabled: 'Once' })
    await bmc.setPower('On', call)
    await until(() => machine.bmc.journal.happened.some(what => what.startsWith('boots')))
    expect(machine.bmc.journal.happened.filter(what => what.startsWith('boots'))).toEqual(['boots cd'])
    expect(await bmc.readPower(call)).toBe('On')
    const applied = await bmc.readBios(call)
    expect(applied.attributes).toMatchObject(wish)
    expect(applied.pending).toEqual({})

    await bmc.ejectVirtualMedia(call)
    expect((await bmc.readVirtualMedia(call)).filter(slot => slot.inserted)).toEqual([])
    await bmc.setPower('ForceOff', call)
    await until(() => machine.bmc.power === 'Off')
    await bmc.close()
    expect(machine.bmc.sessions).toBe(0)
  })

  it('reads the whole inventory without a problem and with few requests', async () => {
    const { machine, bmc, call } = await start(persona)
    await bmc.identify(call)
    const inventory = await bmc.readInventory(call)
    await bmc.close()
    expect(inventory.problems ?? []).toEqual([])
    expect(inventory.nics?.[0]?.mac).toBe(machine.server.mac)
    expect(inventory.storage?.drives?.map(({ serialNumber }) => serialNumber)).toEqual(
      machine.server.disks.map(({ spec }) => spec.serialNumber),
    )
    expect(inventory.processors?.count).toBe(2)
    // Without expansion of collections each member takes a request.
    expect(machine.bmc.journal.requests.length).toBeLessThan(persona === 'cisco' ? 50 : 30)
  })
})
