import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadVendors, noQuirks, recogniseVendor, type VendorClues, type VendorKnowledge } from './vendors.js'

const file = async (contents: string) => {
  const path = join(await mkdtemp(join(tmpdir(), 'vendors-')), 'vendors.yaml')
  await writeFile(path, contents)
  return path
}

describe('the shipped vendor knowledge', () => {
  let knowledge: VendorKnowledge
  beforeAll(async () => {
    knowledge = await loadVendors()
  })

  it.each<[string, string, string | undefined, VendorClues]>([
    ['a 15G Dell by its manager', 'dell', 'iDRAC9', { rootVendor: 'Dell', managerModel: '15G Monolithic' }],
    ['a 17G Dell', 'dell', 'iDRAC10', { rootOem: 'Dell', managerModel: '17G Monolithic' }],
    ['a 13G Dell without a Vendor', 'dell', 'iDRAC8', { systemManufacturer: 'Dell Inc.', managerModel: '13G DCS' }],
    ['an iLO 5', 'hpe', 'iLO 5', { rootOem: 'Hpe', managerModel: 'iLO 5' }],
    ['an iLO that tells its version only', 'hpe', 'iLO 7', { rootVendor: 'HPE', managerFirmware: 'iLO 7 v1.10' }],
    ['an XCC', 'lenovo', 'XCC', { rootVendor: 'Lenovo', managerModel: 'Lenovo XClarity Controller' }],
    ['an XCC2', 'lenovo', 'XCC2', { rootVendor: 'Lenovo', managerModel: 'Lenovo XClarity Controller 2' }],
    [
      'a Lenovo board with MegaRAC',
      'ami',
      'MegaRAC',
      { rootOem: 'Ami', systemManufacturer: 'Lenovo', managerFirmware: '1' },
    ],
    ['a Supermicro', 'supermicro', 'Supermicro BMC', { rootOem: 'Supermicro', managerFirmware: '01.01' }],
    ['an Intel board', 'intel', 'Intel BMC', { systemManufacturer: 'Intel Corporation', managerFirmware: '1.93' }],
    [
      'an Intel board on OpenBMC',
      'intel',
      'OpenBMC',
      { systemManufacturer: 'Intel Corporation', managerOem: 'OpenBmc' },
    ],
    ['a Cisco', 'cisco', 'CIMC', { systemManufacturer: 'Cisco Systems Inc', managerFirmware: '4.1(2f)' }],
    ['a Fujitsu', 'fujitsu', 'iRMC S6', { systemOem: 'ts_fujitsu', managerModel: 'iRMC S6' }],
    ['an xFusion', 'huawei', 'iBMC', { systemManufacturer: 'xFusion', managerFirmware: '3.0' }],
    ['an HPE Cray, which is no ProLiant', 'cray', undefined, { systemManufacturer: 'Cray Inc.', rootVendor: 'HPE' }],
    ['an OpenBMC of nobody in particular', 'openbmc', undefined, { managerModel: 'OpenBmc' }],
    ['a stranger', 'generic', undefined, { rootVendor: 'Contoso', systemManufacturer: 'Contoso' }],
    ['a service that says nothing', 'generic', undefined, {}],
  ])('recognises %s', (_what, vendor, product, clues) => {
    expect(recogniseVendor(clues, knowledge)).toMatchObject({ vendor, product })
  })

  it.each<[string, string, VendorClues]>([
    ['15G', 'a Dell', { rootVendor: 'Dell', managerModel: '15G Monolithic' }],
    ['Gen10 Plus', 'an HPE', { rootVendor: 'HPE', systemModel: 'ProLiant DL360 Gen10 Plus' }],
    ['Gen12', 'an HPE with a new name', { rootVendor: 'HPE', systemModel: 'HPE ProLiant Compute DL360 Gen12' }],
    ['X10', 'a Supermicro named by its board', { rootOem: 'Supermicro', systemModel: 'X10SDV-TLN4F' }],
    [
      'X13',
      'a Supermicro named by its size',
      { rootOem: 'Supermicro', systemModel: 'SYS-821GE', chassisModel: 'X13DEG-OAD' },
    ],
    ['V2', 'a Lenovo', { rootVendor: 'Lenovo', systemModel: 'ThinkSystem SR670 V2' }],
    ['M4', 'a Cisco rack server', { rootVendor: 'Cisco', systemModel: 'UCSC-C220-M4S' }],
    ['M5', 'a Cisco rack server', { rootVendor: 'Cisco', systemModel: 'UCSC-C220-M5SX' }],
    ['M6', 'a Cisco blade', { rootVendor: 'Cisco', systemModel: 'UCSX-210C-M6' }],
    ['M6', 'a Fujitsu', { rootOem: 'Fujitsu', systemModel: 'PRIMERGY RX2540 M6' }],
    ['none', 'a Supermicro that says nothing', { rootOem: 'Supermicro', systemModel: 'Super Server' }],
    ['none', 'a stranger', { systemModel: 'R1 Gen3' }],
  ])('tells the generation %s of %s', (generation, _what, clues) => {
    expect(recogniseVendor(clues, knowledge).generation ?? 'none').toBe(generation)
  })

  it.each<[string, VendorClues]>([
    ['gigabyte', { systemManufacturer: 'Giga Computing' }],
    ['quanta', { systemManufacturer: 'Quanta Cloud Technology Inc.' }],
    ['inspur', { systemManufacturer: 'Inspur' }],
    ['h3c', { systemManufacturer: 'New H3C Technologies' }],
    ['nvidia', { systemManufacturer: 'NVIDIA' }],
    ['ami', { rootOem: 'Ami', systemManufacturer: 'GIGABYTE' }],
    ['openbmc', { managerOem: 'OpenBmc', systemManufacturer: 'NVIDIA' }],
  ])('recognises %s by what is on the board before who made it', (vendor, clues) => {
    expect(recogniseVendor(clues, knowledge).vendor).toBe(vendor)
  })

  it('asks for the chassis only where its model would tell the generation', () => {
    expect(recogniseVendor({ rootOem: 'Supermicro', systemModel: 'SYS-821GE' }, knowledge).wantsChassis).toBe(true)
    expect(recogniseVendor({ rootOem: 'Supermicro', systemModel: 'X10SDV' }, knowledge).wantsChassis).toBe(false)
    expect(recogniseVendor({ rootVendor: 'Dell' }, knowledge).wantsChassis).toBe(false)
  })

  it('gives each vendor its quirks and a stranger none', () => {
    expect(recogniseVendor({ rootOem: 'Supermicro' }, knowledge).quirks.cdTargets[0]).toBe('UsbCd')
    expect(recogniseVendor({ rootOem: 'Dell' }, knowledge).quirks.biosConfigJob?.targetProperty).toBe(
      'TargetSettingsURI',
    )
    expect(recogniseVendor({}, knowledge).quirks).toEqual(noQuirks)
  })

  it('knows message keys without regard to letter case', () => {
    expect(knowledge.messages.sessionLimit.has('rac0218')).toBe(true)
    expect(knowledge.messages.busy.has('sys518')).toBe(true)
  })
})

describe('vendor knowledge of somebody else', () => {
  const rest = `messages: {busy: [], sessionLimit: [], loginRefused: [], passwordChange: [], success: [], handover: []}`

  it('is refused with the place of the fault', async () => {
    const path = await file(`vendors: [{vendor: x, recognisedBy: [{in: rootVendor, matches: '('}]}]\n${rest}`)
    await expect(loadVendors(path)).rejects.toMatchObject({ code: 'FileInvalid', about: path })
    await expect(loadVendors(path)).rejects.toThrow(/not a regular expression/)
  })

  it('is refused when a quirk is misspelled', async () => {
    const path = await file(
      `vendors: [{vendor: x, recognisedBy: [{in: rootVendor, matches: x}], quirks: {cdTarget: [Cd]}}]\n${rest}`,
    )
    await expect(loadVendors(path)).rejects.toThrow(/cdTarget/)
  })

  it('is refused when it is missing', async () => {
    await expect(loadVendors('/nowhere/vendors.yaml')).rejects.toMatchObject({ code: 'FileInvalid' })
  })
})
