import { describe, expect, it } from 'vitest'
import { KatametalError } from '../../base/errors.js'
import { chooseRootDevice, type Disk } from './root-device.js'

const GiB = 1024 ** 3
const system: Disk = {
  deviceName: '/dev/nvme0n1',
  model: 'Acme Boot 480',
  vendor: 'ACME',
  serialNumber: 'S-1',
  wwn: 'eui.0011',
  hctl: '0:0:0:0',
  sizeBytes: 480 * GiB,
  rotational: false,
}
const data: Disk = {
  ...system,
  deviceName: '/dev/sda',
  model: 'Acme Big',
  serialNumber: 'D-1',
  wwn: 'eui.0022',
  sizeBytes: 4000 * GiB,
  rotational: true,
}

const refusal = (run: () => unknown): KatametalError => {
  try {
    run()
  } catch (error) {
    if (error instanceof KatametalError) return error
  }
  throw new Error('nothing was refused')
}

describe('choosing the root device', () => {
  it('takes the smallest sufficient disk when there are no hints', () => {
    expect(chooseRootDevice([data, system], undefined).deviceName).toBe('/dev/nvme0n1')
    expect(chooseRootDevice([data, { ...system, sizeBytes: 2 * GiB }], {}).deviceName).toBe('/dev/sda')
  })

  it('takes the first by name among equal disks, whatever their order', () => {
    const twin = { ...system, deviceName: '/dev/nvme1n1' }
    expect(chooseRootDevice([twin, system], undefined).deviceName).toBe('/dev/nvme0n1')
  })

  it.each([
    [{ deviceName: '/dev/sda' }],
    [{ model: 'big' }],
    [{ serialNumber: 'd-1' }],
    [{ minSizeGigabytes: 1000 }],
    [{ wwn: 'EUI.0022' }],
    [{ wwnVendorExtension: '0022' }],
    [{ rotational: true }],
    [{ vendor: 'acme', rotational: true }],
  ])('finds the data disk by %o', hints => {
    expect(chooseRootDevice([system, data], hints).deviceName).toBe('/dev/sda')
  })

  it('refuses hints that match nothing and says in what each disk differs', () => {
    const error = refusal(() => chooseRootDevice([system, data], { serialNumber: 'X', rotational: true }))
    expect(error.code).toBe('RootDeviceNotFound')
    expect(error.message).toContain('/dev/nvme0n1 differs in serialNumber, rotational')
    expect(error.message).toContain('/dev/sda differs in serialNumber')
  })

  it('refuses hints that match two disks', () => {
    expect(refusal(() => chooseRootDevice([system, data], { vendor: 'ACME' })).message).toContain(
      'exactly one must match',
    )
  })

  it('refuses a server without disks', () => {
    expect(refusal(() => chooseRootDevice([], undefined)).message).toContain('no disks')
    expect(refusal(() => chooseRootDevice([], { rotational: true })).message).toContain('no disks')
  })
})
