import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startVmSite, type VmSite } from './support/vm-site.js'

/** The DHCP and TFTP servers are QEMU's own; what they offer is what the manager wrote. */
describe('a server without virtual media', () => {
  let site: VmSite
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'netboot-'))
    site = await startVmSite({ managerFlags: ['--netboot-folder', folder] })
  })
  afterAll(async () => {
    await site.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('boots the agent by PXE, which asks the manager by its MAC address, and gets its system', async () => {
    const { qemu } = await site.addServer('vm-1', {
      networkBoot: true,
      memoryMiB: 2048,
      network: { kind: 'user', boot: { folder: join(folder, 'tftp'), file: 'katametal.efi' } },
    })
    await site.untilState('vm-1', 'Available')
    const image = { url: site.tiny.url, checksum: site.tiny.checksum, checksumType: 'sha256', format: 'raw' }
    await site.patchSpec('vm-1', { image })
    await site.untilState('vm-1', 'InService')
    expect(qemu.boots).toEqual(['network', 'disk'])
    expect(await site.console('vm-1')).toContain(`the manager knows this server by ${qemu.mac}`)
  })
})
