import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { request } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guestLoopback } from '../../src/lab/qemu/qemu-server.js'
import { startVmSite, type VmServer, type VmSite } from './support/vm-site.js'

let site: VmSite
let server: VmServer
const userData = '#cloud-config\nruncmd: [ "true" ]\n# grüße\n'
const mebibyte = 1024 * 1024

beforeAll(async () => {
  site = await startVmSite()
  site.lab.api.applyManifest({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'user-data', namespace: 'default' },
    stringData: { value: userData },
  })
  server = await site.addServer('vm-1', {
    disks: [
      { sizeBytes: 8 * 1024 * mebibyte, bus: 'virtio' },
      { sizeBytes: 6 * 1024 * mebibyte, bus: 'nvme', serialNumber: 'DATA-DISK' },
    ],
    spec: { preservedDisks: [{ serialNumber: 'DATA-DISK' }] },
  })
  await write(server.qemu.diskPaths[1] ?? '', 'precious', 0)
})
afterAll(() => site.stop())

const write = async (path: string, text: string, at: number): Promise<void> => {
  const file = await open(path, 'r+')
  await file.write(Buffer.from(text), 0, undefined, at)
  await file.close()
}

const read = async (path: string, start: number, length: number): Promise<Buffer> => {
  const file = await open(path)
  try {
    return (await file.read(Buffer.alloc(length), 0, length, start)).buffer
  } finally {
    await file.close()
  }
}

/** The report settings that the agent left on the config drive, at the end of the disk. */
const reportSettings = async (): Promise<{ phoneHomeURL: string; phoneHomeToken: string; ca: string }> => {
  const bytes = await read(server.qemu.diskPaths[0] ?? '', (8 * 1024 - 40) * mebibyte, 40 * mebibyte)
  const text = bytes.toString('latin1')
  const start = text.indexOf('{"phoneHomeURL"')
  return JSON.parse(text.slice(start, text.indexOf('}', start) + 1)) as Awaited<ReturnType<typeof reportSettings>>
}

const post = (url: string, token: string, ca: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request(
      url.replace(guestLoopback, '127.0.0.1'),
      { method: 'POST', ca, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } },
      response => {
        response.resume()
        resolve(response.statusCode ?? 0)
      },
    )
    sent.on('error', reject)
    sent.end(JSON.stringify({ hostName: 'thief', bootstrap: 'succeeded', addresses: [] }))
  })

const provision = () =>
  site.patchSpec('vm-1', {
    online: true,
    userData: { name: 'user-data' },
    image: { url: site.tiny.url, checksum: site.tiny.checksum, checksumType: 'sha256', format: 'raw' },
  })

describe('the life of a server', () => {
  it('goes from a blank disk to a running system that has reported its first boot', async () => {
    await site.untilState('vm-1', 'Available')
    const began = Date.now()
    await provision()
    const host = await site.untilState('vm-1', 'InService')
    console.log(`blank disk to first boot: ${Math.round((Date.now() - began) / 100) / 10} s`)
    expect(server.qemu.boots).toEqual(['cd', 'disk'])
    expect(host.status?.firstBoot).toMatchObject({ bootstrap: 'succeeded', hostName: 'vm-1' })
    const said = await site.console('vm-1')
    expect(said).toContain(`tiny: user-data ${createHash('sha256').update(userData).digest('hex')}`)
    expect(said).toContain('provider katametal://default/vm-1')
  })

  it('has a token on its config drive that is good for nothing after the join', async () => {
    const { phoneHomeURL, phoneHomeToken, ca } = await reportSettings()
    expect(await post(phoneHomeURL, phoneHomeToken, ca)).toBe(410)
    expect(await post(phoneHomeURL, 'x'.repeat(phoneHomeToken.length), ca)).toBe(403)
    expect(await post(phoneHomeURL.replace(/operations\/[^/]+/, 'operations/another'), phoneHomeToken, ca)).toBe(403)
    expect((await site.host('vm-1')).status?.firstBoot?.hostName).toBe('vm-1')
  })

  it('is given back with proof that its disk is empty, and a data disk that nobody touched', async () => {
    await site.patchSpec('vm-1', { image: null, userData: null, online: null })
    const host = await site.untilState('vm-1', 'Available')
    const [disk = '', data = ''] = server.qemu.diskPaths
    expect(host.status?.wipe?.disks).toEqual([
      expect.objectContaining({
        device: '/dev/vda',
        method: 'metadata',
        firstMiBZero: true,
        lastMiBZero: true,
        partitions: 0,
      }),
    ])
    expect((await read(disk, 0, mebibyte)).every(byte => byte === 0)).toBe(true)
    expect((await read(disk, (8 * 1024 - 1) * mebibyte, mebibyte)).every(byte => byte === 0)).toBe(true)
    expect((await read(data, 0, 8)).toString()).toBe('precious')
    expect(server.bmc.power).toBe('Off')
    expect(server.qemu.pid).toBeUndefined()
  })

  it('can be used again', async () => {
    await provision()
    await site.untilState('vm-1', 'InService')
    expect(server.qemu.boots).toEqual(['cd', 'disk', 'cd', 'cd', 'disk'])
  })
})
