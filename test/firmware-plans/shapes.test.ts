import { gzipSync } from 'node:zlib'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { plainAddress, planCommand } from '../support/plan-command.js'
import { type RedfishServer, type RedfishServerOptions, reply, startRedfishServer } from '../support/redfish-server.js'
import { machine, systemPath } from '../support/redfish-machine.js'

// Shapes of services that the four captured trees do not have, in small trees of our own; a plain server serves them.

const login = { username: 'admin', password: 'correct horse' }
const folder = mkdtempSync(join(tmpdir(), 'katametal-shapes-'))
afterAll(() => rmSync(folder, { recursive: true }))
const profileFile = join(folder, 'switches.yaml')
writeFileSync(
  profileFile,
  `apiVersion: metal.akraino.org/v1alpha1
kind: FirmwareProfile
metadata: { name: switches }
spec:
  intents: { virtualization: Enabled, iommu: Enabled, sriov: Enabled, hyperthreading: Enabled, x2apic: Enabled }
`,
)

const servers: RedfishServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

const bios = `${systemPath}/Bios`
const registries = '/redfish/v1/Registries'

const serve = async (resources: Record<string, unknown>, more: RedfishServerOptions = {}) => {
  const server = await startRedfishServer({ resources, tls: false, login: 'none', ...more })
  servers.push(server)
  return server
}

const plan = async (server: RedfishServer) => {
  const seen = await planCommand(plainAddress(server), profileFile, login)
  const knobs = Object.fromEntries((seen.plan?.knobs ?? []).map(knob => [knob.knob, knob]))
  const outcomes = Object.fromEntries(Object.entries(knobs).map(([name, { outcome }]) => [name, outcome]))
  return { ...seen, knobs, outcomes }
}

const vendorRoot = (Vendor: string, over: object = {}) => ({
  root: { Vendor, Registries: { '@odata.id': registries }, ...over },
})

const biosOf = (Attributes: object, over: object = {}) => ({
  [bios]: { '@odata.id': bios, AttributeRegistry: 'BiosAttributeRegistry.v1_0_0', Attributes, ...over },
})

const list = (...paths: string[]) => ({ Members: paths.map(path => ({ '@odata.id': path })) })

const registryFile = (id: string, uri: string, over: object = {}) => ({
  '@odata.id': `${registries}/${id}`,
  Id: id,
  Registry: id,
  Location: [{ Language: 'en', Uri: uri }],
  ...over,
})

const row = (AttributeName: string, DisplayName: string, words: readonly string[], over: object = {}) => ({
  AttributeName,
  DisplayName,
  Type: 'Enumeration',
  ReadOnly: false,
  Value: words.map(ValueName => ({ ValueName, ValueDisplayName: ValueName })),
  ...over,
})

const registry = (Id: string, ...Attributes: object[]) => ({ Id, RegistryEntries: { Attributes, Dependencies: [] } })

const enabled = ['Enabled', 'Disabled']
const enable = ['Enable', 'Disable']

describe('a server without BIOS settings', () => {
  it.each([
    ['has no Bios resource at all', { Bios: undefined }, {}],
    ['links a Bios resource that is not there', {}, {}],
    ['has a Bios resource with actions only, as OpenBMC', {}, { [bios]: { Id: 'Bios', Actions: {} } }],
  ])('that %s has every knob not exposed, and that is no failure', async (_what, system, more) => {
    const { exit, err, outcomes, knobs, plan: seen } = await plan(await serve({ ...machine({ system }), ...more }))
    expect({ exit, err }).toEqual({ exit: 0, err: '' })
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['NotExposed']))
    expect(knobs['vtx']?.evidence).toMatch(/no BIOS (settings|attributes)/)
    expect(seen).toMatchObject({ changes: {}, reboots: 0, obstacles: [] })
  })

  it('that shows none at the moment is a transient failure, as its server may be starting', async () => {
    const server = await serve({ ...machine(), ...biosOf({}) })
    const { exit, err, plan: seen } = await plan(server)
    expect(seen).toBeUndefined()
    expect(exit).not.toBe(0)
    expect(err).toContain('BMCBusy')
  })
})

describe('a service that closes one resource to the account', () => {
  const tree = () => ({
    ...machine(vendorRoot('Dell')),
    ...biosOf(
      { ProcVirtualization: 'Disabled' },
      { '@Redfish.Settings': { SettingsObject: { '@odata.id': `${bios}/Settings` } } },
    ),
    [`${bios}/Settings`]: { Attributes: {} },
    [registries]: list(`${registries}/BiosAttributeRegistry.v1_0_0`),
    [`${registries}/BiosAttributeRegistry.v1_0_0`]: registryFile('BiosAttributeRegistry.v1_0_0', '/r.json'),
    '/r.json': registry(
      'BiosAttributeRegistry.v1_0_0',
      row('ProcVirtualization', 'Virtualization Technology', enabled),
    ),
  })

  it.each(['session', 'basic', 'none'] as const)('plans without the registry, with the login %s', async how => {
    const server = await serve(tree(), { login: how })
    if (how === 'basic') server.on('POST', '/redfish/v1/SessionService/Sessions', reply(405))
    server.on('GET', '/r.json', reply(401))
    const { exit, knobs, plan: seen } = await plan(server)
    expect(exit).toBe(0)
    expect(knobs['vtx']).toMatchObject({ outcome: 'Change', to: 'Enabled' })
    expect(seen?.registryEvidence).toMatch(/401/)
  })

  it('plans without what is pending', async () => {
    const server = await serve(tree(), { login: 'session' })
    server.on('GET', `${bios}/Settings`, reply(401))
    expect(await plan(server)).toMatchObject({ exit: 0, outcomes: { vtx: 'Change' } })
  })

  it('says so when it is the BIOS settings themselves', async () => {
    const server = await serve(tree(), { login: 'session' })
    server.on('GET', bios, reply(401))
    const { exit, err, plan: seen } = await plan(server)
    expect([exit, seen]).toEqual([1, undefined])
    expect(err).toContain('BMCForbidden')
  })
})

describe('the registry', () => {
  const vt = { ProcessorVmxEnable: 'Disable', VTdSupport: 'Enable' }
  const rows = [row('ProcessorVmxEnable', 'VMX', enable), row('VTdSupport', 'Intel VT for Directed I/O (VT-d)', enable)]
  const id = 'BiosAttributeRegistry.v1_0_0'
  const tree = (file: object, more: Record<string, unknown>) => ({
    ...machine(vendorRoot('AMI')),
    ...biosOf(vt),
    [registries]: list(`${registries}/${id}`),
    [`${registries}/${id}`]: file,
    ...more,
  })

  it('is read from a gzip file that is served as it is', async () => {
    const server = await serve(tree(registryFile(id, '/registries/bios.json.gz'), {}))
    const packed = gzipSync(JSON.stringify(registry(id, ...rows)))
    server.on('GET', '/registries/bios.json.gz', (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/gzip' }).end(packed)
    })
    expect(await plan(server)).toMatchObject({ exit: 0, plan: { registry: id }, outcomes: { vtx: 'Change' } })
  })

  it('keeps the first of two rows of one attribute', async () => {
    const second = row('ProcessorVmxEnable', 'VMX', ['Off', 'On'], { ReadOnly: true })
    const server = await serve(tree(registryFile(id, '/r.json'), { '/r.json': registry(id, ...rows, second) }))
    expect((await plan(server)).knobs['vtx']).toMatchObject({ outcome: 'Change', from: 'Disable', to: 'Enable' })
  })

  it('is the one that names what is served when several may be meant', async () => {
    const others = ['BiosAttributeRegistryX1.1', 'BiosAttributeRegistryX2.1']
    const server = await serve({
      ...machine(vendorRoot('AMI')),
      ...biosOf(vt, { AttributeRegistry: 'BiosAttributeRegistryX3.1' }),
      [registries]: list(...others.map(name => `${registries}/${name}`)),
      [`${registries}/${others[0]}`]: registryFile(others[0] ?? '', '/1.json'),
      [`${registries}/${others[1]}`]: registryFile(others[1] ?? '', '/2.json'),
      '/1.json': registry('one', row('Rome0565', 'SVM Mode', enabled)),
      '/2.json': registry('two', ...rows),
    })
    const { plan: seen } = await plan(server)
    expect(seen?.registry).toBe('two')
    expect(seen?.registryEvidence).toMatch(/names 2 of the 2 attributes/)
  })

  it.each([
    ['its place answers 404', registryFile(id, '/gone.json'), /HTTP 404/],
    ['its place is a link to the web site of the vendor', registryFile(id, 'https://vendor.example/r.json'), /vendor/],
    ['its file is of another shape', { Id: id, Location: 'here' }, /says no place/],
  ])('is done without when %s', async (_what, file, evidence) => {
    const { exit, knobs, plan: seen } = await plan(await serve(tree(file, {})))
    expect(exit).toBe(0)
    expect(seen?.registryEvidence).toMatch(evidence)
    expect(knobs['vtx']).toMatchObject({ outcome: 'Change', to: 'Enable' })
  })
})

describe('a Cray-like node, whose attributes are objects with spaces in their names', () => {
  it('is read where the objects say a value, and nothing of it is written', async () => {
    const wrapped = (current_value: string) => ({ current_value, default_value: 'Enabled', AllowableValues: enabled })
    const server = await serve({
      ...machine({ system: { Manufacturer: 'Cray Inc', Model: 'EX420' } }),
      ...biosOf({ 'Virtualization Technology': wrapped('Enabled'), 'Hyper-Threading': wrapped('Disabled'), Odd: [] }),
    })
    const { exit, knobs, plan: seen } = await plan(server)
    expect(exit).toBe(0)
    expect(seen).toMatchObject({ vendor: 'cray', changes: {}, reboots: 0 })
    expect(knobs['vtx']).toMatchObject({ outcome: 'AlreadySet', from: 'Enabled' })
    expect(knobs['ht']).toMatchObject({ outcome: 'Unknown', from: 'Disabled' })
    expect(knobs['vtd']?.outcome).toBe('Unknown')
  })
})

describe('an accelerator server with boards in front of the system', () => {
  it('is planned by the system that can be reset', async () => {
    const board = '/redfish/v1/Systems/HGX_Baseboard_0'
    const server = await serve({
      ...machine(vendorRoot('AMI')),
      '/redfish/v1/Systems': list(board, systemPath),
      [board]: { '@odata.id': board, Id: 'HGX_Baseboard_0', Processors: { '@odata.id': `${board}/Processors` } },
      ...biosOf({
        ProcessorVmxEnable: 'Enable',
        VTdSupport: 'Enable',
        SRIOVEnable: 'Disable',
        SriovSupport: 'Enabled',
      }),
    })
    const { exit, outcomes, knobs } = await plan(server)
    expect(exit).toBe(0)
    expect(outcomes).toMatchObject({ vtx: 'AlreadySet', vtd: 'AlreadySet', sriov: 'Change', x2apic: 'NotExposed' })
    expect(knobs['sriov']?.also?.map(({ attribute }) => attribute)).toEqual(['SriovSupport'])
  })
})

describe('a Gigabyte-like AMD server', () => {
  const words = (...values: string[]) => values
  it('is resolved by labels alone, and its settings resource is found without a link', async () => {
    const server = await serve({
      ...machine(vendorRoot('AMI')),
      ...biosOf(
        {
          Rome0565: 'Disabled',
          Rome0162: 'Auto',
          PCIS007: 'Disabled',
          Rome0059: 'Enabled',
          Rome0039: 'xAPIC',
          X: 'Odd',
        },
        { AttributeRegistry: 'BiosAttributeRegistry', '@Redfish.Settings': { SupportedApplyTimes: [] } },
      ),
      [`${bios}/SD`]: { Attributes: { Rome0565: 'Enabled' } },
      [registries]: list(`${registries}/BiosAttributeRegistry`),
      [`${registries}/BiosAttributeRegistry`]: registryFile('BiosAttributeRegistry', '/r.json'),
      '/r.json': registry(
        'BiosAttributeRegistry',
        row('Rome0565', 'SVM Mode', enabled),
        row('Rome0162', 'IOMMU', words('Disabled', 'Enabled', 'Auto')),
        row('PCIS007', 'SR-IOV Support', words('PCIS007Disabled', 'PCIS007Enabled')),
        row('Rome0059', 'SMT Control', words('Disable', 'Auto')),
        row('Rome0039', 'Local APIC Mode', words('xAPIC', 'x2APIC', 'Auto')),
      ),
    })
    const { exit, knobs } = await plan(server)
    expect(exit).toBe(0)
    expect(knobs['vtx']).toMatchObject({ outcome: 'Change', attribute: 'Rome0565', from: 'Disabled', to: 'Enabled' })
    expect(knobs['vtx']?.evidence).toContain('already pending')
    expect(knobs['vtd']).toMatchObject({ outcome: 'Change', attribute: 'Rome0162', from: 'Auto', to: 'Enabled' })
    expect(knobs['sriov']).toMatchObject({ outcome: 'Change', attribute: 'PCIS007' })
    expect(knobs['x2apic']).toMatchObject({ outcome: 'Change', attribute: 'Rome0039', to: 'x2APIC' })
    expect(knobs['ht']).toMatchObject({ outcome: 'AlreadySet', attribute: 'Rome0059' })
  })
})

describe('HPE servers after Gen10', () => {
  const hpe = (product: string, attributes: object, ...rows: object[]) => ({
    ...machine({
      root: { Vendor: 'HPE', Registries: { '@odata.id': registries } },
      manager: { Model: product, FirmwareVersion: `${product} v1.10` },
    }),
    ...biosOf(attributes, { AttributeRegistry: 'BiosAttributeRegistryU99.v1_0_0' }),
    [registries]: list(`${registries}/BiosAttributeRegistryU99.v1_0_0`),
    [`${registries}/BiosAttributeRegistryU99.v1_0_0`]: registryFile('BiosAttributeRegistryU99.v1_0_0', '/r.json'),
    '/r.json': registry('BiosAttributeRegistryU99.v1_0_0', ...rows),
  })

  it('of Gen11 have x2APIC without a word for off', async () => {
    const rows = [row('ProcX2Apic', 'Processor x2APIC Support', ['Auto', 'ForceEnabled'])]
    expect((await plan(await serve(hpe('iLO 6', { ProcX2Apic: 'Auto' }, ...rows)))).knobs['x2apic']).toMatchObject({
      outcome: 'AlreadySet',
      attribute: 'ProcX2Apic',
      from: 'Auto',
    })
  })

  it('of Gen12 keep VT-d on without a setting, even where an attribute is served that the registry does not know', async () => {
    const rows = [row('ProcVirtualization', 'Intel(R) Virtualization Technology (Intel VT)', enabled)]
    const served = { ProcVirtualization: 'Enabled', IntelProcVtd: 'Enabled' }
    const { exit, outcomes } = await plan(await serve(hpe('iLO 7', served, ...rows)))
    expect(exit).toBe(0)
    expect(outcomes).toMatchObject({ vtx: 'AlreadySet', vtd: 'Implied', x2apic: 'NotExposed', sriov: 'NotExposed' })
  })
})

describe('a Lenovo-like server of an old firmware', () => {
  it('has its registry outside of the usual place, words without an ending, and no SR-IOV setting', async () => {
    const name = 'BiosAttributeRegistry.1.0.0'
    const server = await serve({
      ...machine(vendorRoot('Lenovo')),
      ...biosOf(
        { Processors_IntelVirtualizationTechnology: 'Disable', Processors_HyperThreading: 'Enable' },
        { AttributeRegistry: name, '@Redfish.Settings': { SettingsObject: { '@odata.id': `${bios}/Pending` } } },
      ),
      [`${bios}/Pending`]: { Attributes: { Processors_IntelVirtualizationTechnology: 'Disable' } },
      [registries]: list(`${registries}/${name}`),
      [`${registries}/${name}`]: registryFile(name, `/redfish/v1/schemas/registries/${name}.json`),
      [`/redfish/v1/schemas/registries/${name}.json`]: registry(
        name,
        row('Processors_IntelVirtualizationTechnology', 'Intel Virtualization Technology', enable),
        row('Processors_HyperThreading', 'Hyper-Threading', enable),
      ),
    })
    const { knobs, outcomes } = await plan(server)
    expect(knobs['vtx']).toMatchObject({ outcome: 'Change', from: 'Disable', to: 'Enable' })
    expect(outcomes).toMatchObject({ ht: 'AlreadySet', sriov: 'NotExposed', x2apic: 'NotExposed' })
  })
})

describe('a value that the registry does not know', () => {
  it('is read by its word, and written over in the words of the registry', async () => {
    const id = 'BiosAttributeRegistry113.1.1.3'
    const server = await serve({
      ...machine(vendorRoot('AMI')),
      ...biosOf({ ProcessorVmxEnable: 'Off', VTdSupport: 'On' }, { AttributeRegistry: id }),
      [registries]: list(`${registries}/${id}`),
      [`${registries}/${id}`]: registryFile(id, '/r.json', { Location: [{ Language: 'en-US', Uri: '/r.json' }] }),
      '/r.json': registry(
        'BiosAttributeRegistry113.en-US.1.1.3',
        row('ProcessorVmxEnable', 'VMX', enable),
        row('VTdSupport', 'VT-d', enable),
      ),
    })
    const { knobs } = await plan(server)
    expect(knobs['vtx']).toMatchObject({ outcome: 'Change', from: 'Off', to: 'Enable' })
    expect(knobs['vtd']).toMatchObject({ outcome: 'AlreadySet', from: 'On' })
  })
})

describe('a Cisco-like server whose registry cannot be had', () => {
  it('has plain switches resolved, and words that only a registry could tell left alone', async () => {
    const served = { IntelVT: 'Disabled', IntelVTD: 'Enabled', LocalX2Apic: 'XAPIC', IntelHyperThread: 'Enabled' }
    const server = await serve({ ...machine(vendorRoot('Cisco Systems Inc.')), ...biosOf(served) })
    const { exit, outcomes, knobs } = await plan(server)
    expect(exit).toBe(0)
    expect(outcomes).toEqual({
      vtx: 'Change',
      vtd: 'AlreadySet',
      sriov: 'NotExposed',
      ht: 'AlreadySet',
      x2apic: 'Unknown',
    })
    expect(knobs['x2apic']?.evidence).toMatch(/only a registry could tell/)
  })
})

describe('attributes of types that nobody expects', () => {
  it('end in an outcome each, and never in a crash', async () => {
    const server = await serve({
      ...machine(vendorRoot('Dell')),
      ...biosOf({ ProcVirtualization: null, SriovGlobalEnable: ['Enabled'], LogicalProc: {}, ProcX2Apic: 3 }),
    })
    const { exit, outcomes } = await plan(server)
    expect(exit).toBe(0)
    expect(outcomes).toEqual({ vtx: 'Unknown', vtd: 'NotExposed', sriov: 'Unknown', ht: 'Unknown', x2apic: 'Unknown' })
  })
})
