import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startVmSite, type VmServer, type VmSite } from './support/vm-site.js'

let site: VmSite
let server: VmServer

beforeAll(async () => {
  site = await startVmSite()
  server = await site.addServer('vm-1')
  await site.untilState('vm-1', 'Available')
})
afterAll(() => site.stop())

const provision = () =>
  site.patchSpec('vm-1', {
    online: true,
    image: { url: site.tiny.url, checksum: site.tiny.checksum, checksumType: 'sha256', format: 'raw' },
  })

const midWrite = () =>
  site.untilHost('vm-1', 'the middle of writing', ({ status }) => {
    const bytes = status?.progress?.bytes ?? 0
    return status?.step === 'write' && bytes > 2_000_000 && bytes < (status.progress?.totalBytes ?? 0)
  })

describe('a server that is being installed', () => {
  it('gets its system although the image server breaks off and the manager is killed', async () => {
    site.images.bytesPerSecond = 2_000_000
    site.images.breakOff = { times: 2, afterBytes: 3_000_000 }
    await provision()
    await midWrite()
    await site.killManager()
    await site.until('the agent to go on without a manager', async () => site.images.ranges.length >= 2)
    site.images.bytesPerSecond = undefined
    await site.startManager()
    await site.untilState('vm-1', 'InService')
    expect(server.qemu.boots).toEqual(['cd', 'disk'])
    expect(await site.console('vm-1')).toContain('going on at byte')
  })

  it('is booted and written again when its power is cut in the middle', async () => {
    await site.patchSpec('vm-1', { image: null, online: null })
    await site.untilState('vm-1', 'Available')
    const before = server.qemu.boots.length
    site.images.bytesPerSecond = 1_000_000
    await provision()
    await midWrite()
    site.images.bytesPerSecond = undefined
    server.qemu.cutPower()
    await site.untilState('vm-1', 'InService')
    expect(server.qemu.boots.slice(before)).toEqual(['cd', 'cd', 'disk'])
  })
})
