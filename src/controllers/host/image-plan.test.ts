import { describe, expect, it } from 'vitest'
import { bareMetalHostSpecSchema } from '../../../api/metal/bare-metal-host.js'
import { imagePlanOf } from './image-plan.js'

const planOf = (image: object | undefined) =>
  imagePlanOf({
    spec: bareMetalHostSpecSchema.parse({ bmc: { address: 'redfish://192.0.2.1', credentialsName: 'c' }, image }),
  })
const url = 'http://192.0.2.9/a.raw.zst'
const sha256 = 'AB'.repeat(32)

describe('the image of a host', () => {
  it('is written with its checksum, and read back when asked for', () => {
    expect(planOf({ url, checksum: sha256 })).toEqual({ url, checksum: sha256.toLowerCase(), checksumType: 'sha256' })
    expect(planOf({ url, checksum: 'ab'.repeat(64), checksumType: 'sha512', verifyDisk: true })).toMatchObject({
      checksumType: 'sha512',
      verifyDisk: true,
    })
  })

  it('must have a checksum, unless that is waived and the server of the image is known by its certificate', () => {
    for (const image of [
      { url },
      { url, skipChecksum: false },
      { url, skipChecksum: true },
      { url, checksum: 'http://192.0.2.9/SHA256SUMS' },
      { url, checksum: sha256, checksumType: 'sha512' },
    ])
      expect(() => planOf(image)).toThrow(expect.objectContaining({ code: 'ImageChecksumMissing' }))
    const https = 'https://images.example/a.raw'
    expect(planOf({ url: https, skipChecksum: true })).toEqual({ url: https, checksumType: 'sha256' })
  })

  it('is refused in a format that would not boot, and when there is none', () => {
    for (const format of ['qcow2', 'vmdk', 'vdi', 'live-iso'])
      expect(() => planOf({ url, checksum: sha256, format })).toThrow(
        expect.objectContaining({ code: 'ImageUnusable' }),
      )
    expect(() => planOf(undefined)).toThrow(expect.objectContaining({ code: 'ImageMissing' }))
  })
})
