import { afterEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../src/base/log.js'
import { createBmc } from '../../src/bmc/bmc.js'
import type { Bmc } from '../../src/bmc/model.js'
import { loadVendors } from '../../src/bmc/vendors.js'
import type { Behaviour } from '../../src/lab/bmc/behaviour.js'
import { objectAt } from '../../src/lab/bmc/json.js'
import { buildPersona, type PersonaName } from '../../src/lab/bmc/personas/personas.js'
import type { ResourceTree } from '../../src/lab/bmc/resource-tree.js'
import type { BmcSimulator } from '../../src/lab/bmc/simulator.js'
import { credentials } from '../support/bmc-client.js'
import { simulate } from '../support/bmc-line.js'
import { call, fastClock } from '../support/redfish-client.js'

/**
 * Ways of real services that make the straight way fail: each is switched on in the simulator, which then refuses or
 * ignores what an unprepared client does.
 */
interface Quirk {
  readonly persona?: PersonaName
  readonly behaviour?: Partial<Behaviour>
  readonly change?: (tree: ResourceTree, system: string) => void
}

const opened: Bmc[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(bmc => bmc.close()))
})

const open = async ({ persona = 'dell', behaviour, change }: Quirk): Promise<{ bmc: Bmc; server: BmcSimulator }> => {
  const built = buildPersona(persona)
  const system = [...built.tree.entries()].find(({ path }) => /\/Systems\/[^/]+$/.test(path))?.path ?? ''
  change?.(built.tree, system)
  // At a hundred times the speed of a server, as the pauses of the client pass.
  const server = await simulate(
    { tree: built.tree, behaviour: { ...built.behaviour, staleInsertedMs: 0, ...behaviour } },
    { timings: { speed: 100 } },
  )
  const bmc = createBmc({
    address: server.url,
    access: { ...credentials, trust: { kind: 'fingerprint', sha256: server.fingerprint } },
    clock: fastClock,
    log: silentLogger,
    vendors: await loadVendors(),
  })
  opened.push(bmc)
  return { bmc, server }
}

const image = 'http://127.0.0.1:1/media/boot.iso'
const insertsOf = (server: BmcSimulator): number =>
  server.journal.requests.filter(({ path }) => /InsertMedia$/.test(path)).length
const untilPower = (bmc: Bmc, state: string) => expect.poll(() => bmc.readPower(call), { timeout: 5000 }).toBe(state)

const withBoot = (change: Record<string, unknown>) => (tree: ResourceTree, system: string) =>
  tree.update(system, body => {
    const boot = Object.fromEntries(
      Object.entries({ ...objectAt(body, 'Boot'), ...change }).filter(([, value]) => value !== undefined),
    )
    return { ...body, Boot: boot as ReturnType<typeof objectAt> }
  })

const targetValues = 'BootSourceOverrideTarget@Redfish.AllowableValues'

describe('power of services with ways of their own', () => {
  it('comes on although the BMC refuses it for a moment after off', async () => {
    const { bmc, server } = await open({ behaviour: { onRefusalsAfterOff: 2 } })
    await bmc.setPower('On', call)
    await untilPower(bmc, 'On')
    await bmc.setPower('ForceOff', call)
    await untilPower(bmc, 'Off')
    await bmc.setPower('On', call)
    await untilPower(bmc, 'On')
    expect(server.journal.happened.filter(what => what === 'power On')).toHaveLength(4)
  })

  it.each(['conflict', 'rejected', 'accepted'] as const)(
    'is a success when the server is there already (%s)',
    async resetWhenThere => {
      const { bmc, server } = await open({ behaviour: { resetWhenThere } })
      await bmc.setPower('ForceOff', call)
      await bmc.setPower('On', call)
      await untilPower(bmc, 'On')
      await bmc.setPower('On', call)
      expect(server.power).toBe('On')
    },
  )

  const resetTypes =
    (...words: string[]) =>
    (tree: ResourceTree, system: string) =>
      tree.update(system, body => {
        const actions = objectAt(body, 'Actions')
        const { target = '' } = objectAt(actions, '#ComputerSystem.Reset')
        const reset = { target, 'ResetType@Redfish.AllowableValues': words }
        return { ...body, Actions: { ...actions, '#ComputerSystem.Reset': reset } }
      })

  it('is restarted by a power cycle where nothing else is offered', async () => {
    const { bmc, server } = await open({ change: resetTypes('On', 'ForceOff', 'PowerCycle') })
    await bmc.setPower('On', call)
    await untilPower(bmc, 'On')
    await bmc.setPower('Restart', call)
    expect(server.journal.happened).toContain('power PowerCycle')
  })

  it('comes on by the button where nothing else is offered, pressed once', async () => {
    const { bmc, server } = await open({ change: resetTypes('PushPowerButton', 'ForceOff') })
    await bmc.setPower('On', call)
    await untilPower(bmc, 'On')
    await bmc.setPower('On', call)
    expect(server.journal.happened.filter(what => what === 'power PushPowerButton')).toHaveLength(1)
  })
})

describe('boot overrides of services with ways of their own', () => {
  const settings = '/redfish/v1/Systems/System.Embedded.1/Settings'
  const inSettings = (tree: ResourceTree, system: string) => {
    const boot = objectAt(tree.body(system), 'Boot')
    const { [targetValues]: _, ...shown } = boot
    tree.put(settings, { '@odata.id': settings, '@odata.type': '#ComputerSystem.v1_20_0.ComputerSystem', Boot: boot })
    tree.update(system, body => ({
      ...body,
      Boot: shown,
      '@Redfish.Settings': { SettingsObject: { '@odata.id': settings } },
    }))
  }

  it('are written to the settings object where the system shows them and takes none', async () => {
    const { bmc, server } = await open({ behaviour: { bootInSettings: true }, change: inSettings })
    await bmc.setBootOverride({ target: 'Cd', enabled: 'Once' }, call)
    expect(await bmc.readBootOverride(call)).toEqual({ target: 'Cd', enabled: 'Once' })
    expect(objectAt(server.tree.body('/redfish/v1/Systems/System.Embedded.1'), 'Boot')).toMatchObject({
      BootSourceOverrideTarget: 'Cd',
    })
  })

  it('are written to the settings object also where the system lists what it does not take', async () => {
    const { bmc } = await open({
      behaviour: { bootInSettings: true },
      change: (tree, system) => {
        const { [targetValues]: values = [] } = objectAt(tree.body(system), 'Boot')
        inSettings(tree, system)
        withBoot({ [targetValues]: values })(tree, system)
      },
    })
    await bmc.setBootOverride({ target: 'Pxe', enabled: 'Once' }, call)
  })

  it('name target, enabled and mode together where one without the other is refused', async () => {
    const { bmc } = await open({ behaviour: { bootNeedsWhole: true } })
    await bmc.setBootOverride({ target: 'Pxe', enabled: 'Continuous' }, call)
    await bmc.setBootOverride({ target: 'None', enabled: 'Disabled' }, call)
    expect(await bmc.readBootOverride(call)).toMatchObject({ enabled: 'Disabled' })
  })

  it('name no mode where a mode fails the whole', async () => {
    const { bmc } = await open({ change: withBoot({ BootSourceOverrideMode: undefined }) })
    await bmc.setBootOverride({ target: 'Pxe', enabled: 'Once' }, call)
  })

  it.each<[string, PersonaName, string[], string[], string]>([
    ['UsbCd on boards that boot nothing by Cd', 'supermicro', ['None', 'Pxe', 'Cd', 'UsbCd'], ['UsbCd'], 'UsbCd'],
    ['Cd on boards that list no other word', 'supermicro', ['None', 'Pxe', 'Cd'], ['Cd'], 'Cd'],
    ['the word of old boards', 'supermicro', ['None', 'Pxe', 'CD/DVD'], ['CD/DVD'], 'CD/DVD'],
    ['Cd on servers of others', 'hpe', ['None', 'Pxe', 'UsbCd', 'Cd'], ['Cd'], 'Cd'],
  ])('call the CD by %s, and the server boots it', async (_why, persona, words, cdTargets, expected) => {
    const { bmc, server } = await open({
      persona,
      behaviour: { cdTargets, bootClearsTarget: false },
      change: withBoot({ [targetValues]: words }),
    })
    await bmc.insertVirtualMedia(image, call)
    await bmc.setBootOverride({ target: 'Cd', enabled: 'Once' }, call)
    await bmc.setPower('On', call)
    await expect.poll(() => server.journal.happened).toContain('boots cd')
    expect(server.journal.happened).toContain(`boot override ${expected} Once`)
  })

  it('hold for one boot where the BMC takes no Continuous, and are set anew for the next', async () => {
    const { bmc, server } = await open({ persona: 'lenovo' })
    for (const boots of [1, 2]) {
      await bmc.setBootOverride({ target: 'Pxe', enabled: 'Continuous' }, call)
      expect(await bmc.readBootOverride(call)).toEqual({ target: 'Pxe', enabled: 'Once' })
      await bmc.setPower('On', call)
      await expect.poll(() => server.journal.happened.filter(what => what === 'boots network')).toHaveLength(boots)
      await bmc.setPower('ForceOff', call)
      await untilPower(bmc, 'Off')
    }
  })

  const byManager = { 'ServerBoot.1.BootOnce': 'Enabled', 'ServerBoot.1.FirstBootDevice': 'VCD-DVD' }
  const attributesPath = '/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/DellAttributes/iDRAC.Embedded.1'
  const withManagerBoot = (model: string, firmware: string) => (tree: ResourceTree) => {
    const manager = '/redfish/v1/Managers/iDRAC.Embedded.1'
    tree.put(attributesPath, {
      '@odata.id': attributesPath,
      '@odata.type': '#DellAttributes.v1_0_0.DellAttributes',
      Attributes: {
        'ServerBoot.1.BootOnce': 'Disabled',
        'ServerBoot.1.FirstBootDevice': 'Normal',
        'Users.2.UserName': 'root',
      },
    })
    tree.update(manager, body => ({
      ...body,
      Model: model,
      FirmwareVersion: firmware,
      Links: {
        ...objectAt(body, 'Links'),
        Oem: { Dell: { DellAttributes: [{ '@odata.id': attributesPath }] } },
      },
    }))
  }

  it.each([
    ['iDRAC10', '17G Monolithic', '1.20.25.00'],
    ['iDRAC9 before 6', '14G Monolithic', '5.10.50.00'],
    ['iDRAC8', '13G Monolithic', '2.83.83.83'],
  ])('become attributes of the manager for a CD on %s, once', async (_product, model, firmware) => {
    const { bmc, server } = await open({
      behaviour: { cdByManager: byManager },
      change: withManagerBoot(model, firmware),
    })
    expect((await bmc.identify(call)).bootMethods[0]).toBe('VirtualMedia')
    await bmc.setBootOverride({ target: 'Pxe', enabled: 'Once' }, call)
    await bmc.insertVirtualMedia(image, call)
    await bmc.setBootOverride({ target: 'Cd', enabled: 'Once' }, call)
    expect(await bmc.readBootOverride(call)).toEqual({ target: 'Cd', enabled: 'Once' })
    await bmc.setBootOverride({ target: 'Cd', enabled: 'Once' }, call)
    expect(server.journal.happened.filter(what => what.startsWith('manager attributes'))).toHaveLength(1)
    await bmc.setPower('On', call)
    await expect.poll(() => server.journal.happened).toContain('boots cd')
    expect(await bmc.readBootOverride(call)).toMatchObject({ enabled: 'Disabled' })
  })

  it('take a CD boot by the manager back', async () => {
    const { bmc, server } = await open({
      behaviour: { cdByManager: byManager },
      change: withManagerBoot('17G Monolithic', '1.20.25.00'),
    })
    await bmc.setBootOverride({ target: 'Cd', enabled: 'Once' }, call)
    await bmc.setBootOverride({ target: 'None', enabled: 'Disabled' }, call)
    expect(objectAt(server.tree.body(attributesPath), 'Attributes')).toMatchObject({
      'ServerBoot.1.FirstBootDevice': 'Normal',
    })
    expect(await bmc.readBootOverride(call)).toMatchObject({ enabled: 'Disabled' })
  })

  it('stay overrides where the firmware boots the CD by them', async () => {
    const { bmc, server } = await open({ change: withManagerBoot('15G Monolithic', '7.10.30.05') })
    await bmc.setBootOverride({ target: 'Cd', enabled: 'Once' }, call)
    expect(server.journal.happened).toContain('boot override Cd Once')
  })

  it('wait until POST is over', async () => {
    const { bmc, server } = await open({ behaviour: { bootLockedDuringPost: true } })
    await bmc.setPower('On', call)
    await expect.poll(() => server.journal.happened).toContain('power is On')
    await bmc.setBootOverride({ target: 'Pxe', enabled: 'Once' }, call)
    expect(await bmc.readBootOverride(call)).toEqual({ target: 'Pxe', enabled: 'Once' })
  })
})

describe('virtual media of services with ways of their own', () => {
  it.each<[string, Quirk]>([
    ['that takes nothing but the image', { behaviour: { insertOnlyImage: true } }],
    ['that misses the protocol', { behaviour: { insertNeeds: ['TransferProtocolType'] } }],
    ['that misses protocol and method', { behaviour: { insertNeeds: ['TransferMethod', 'TransferProtocolType'] } }],
    ['that misses Inserted and WriteProtected', { behaviour: { insertNeeds: ['Inserted', 'WriteProtected'] } }],
    ['that misses user and password of an open image', { behaviour: { insertNeeds: ['UserName', 'Password'] } }],
    ['by PATCH', { persona: 'lenovo' }],
    ['that shows an ejected image for a while', { behaviour: { staleInsertedMs: 20 } }],
    ['that fails to eject for a while', { behaviour: { ejectFailures: 2 } }],
    ['that wants a body to eject', { behaviour: { ejectNeedsBody: true } }],
  ])('are inserted, ejected and inserted again on a service %s', async (_what, quirk) => {
    const { bmc, server } = await open(quirk)
    for (const name of ['first.iso', 'second.iso']) {
      const slot = await bmc.insertVirtualMedia(`http://127.0.0.1:1/media/${name}`, call)
      expect(slot.image).toContain(name)
    }
    expect(insertsOf(server)).toBeLessThanOrEqual(2 * 4)
    await bmc.ejectVirtualMedia(call)
    expect((await bmc.readVirtualMedia(call)).filter(slot => slot.inserted)).toEqual([])
  })

  it.each(['refused', 'ignored'] as const)('pass over slots of the remote console (%s)', async answer => {
    const { bmc, server } = await open({ behaviour: { consoleSlots: { ids: ['CD'], answer } } })
    expect((await bmc.insertVirtualMedia(image, call)).id).toMatch(/Systems.*VirtualMedia\/1$/)
    expect(insertsOf(server)).toBe(2)
  })

  it('are no error when there is nothing to eject, whatever the service thinks', async () => {
    const { bmc } = await open({ behaviour: { ejectEmptyFails: true } })
    await expect(bmc.ejectVirtualMedia(call)).resolves.toBeUndefined()
  })

  it('end after four attempts', async () => {
    const { bmc, server } = await open({ behaviour: { insertNeeds: ['A', 'B'] } })
    await expect(bmc.insertVirtualMedia(image, call)).rejects.toMatchObject({ code: 'BMCRejected' })
    expect(insertsOf(server)).toBeLessThanOrEqual(4)
  })
})
