import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canMakeNetworks, makeNetwork, type VmNetwork } from './support/namespace.js'
import { startVmSite, type VmSite } from './support/vm-site.js'

describe.skipIf(!canMakeNetworks())('a server without virtual media', () => {
  let network: VmNetwork
  let site: VmSite
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'netboot-'))
    network = await makeNetwork()
    site = await startVmSite({ address: network.address, managerFlags: ['--netboot-folder', folder] })
    await network.serve(join(folder, 'dnsmasq.conf'))
  })
  afterAll(async () => {
    await site.stop()
    await network.remove()
    await rm(folder, { recursive: true, force: true })
  })

  it('boots the agent by PXE, which asks the manager by its MAC address, and gets its system', async () => {
    const { qemu } = await site.addServer('vm-1', {
      networkBoot: true,
      network: { kind: 'tap', device: network.tap, namespace: network.name },
    })
    await site.untilState('vm-1', 'Available')
    const image = { url: site.tiny.url, checksum: site.tiny.checksum, checksumType: 'sha256', format: 'raw' }
    const began = Date.now()
    await site.patchSpec('vm-1', { online: true, image })
    const host = await site.untilState('vm-1', 'InService')
    console.log(`blank disk to first boot by PXE: ${Math.round((Date.now() - began) / 100) / 10} s`)
    expect(qemu.boots).toEqual(['network', 'disk'])
    expect(host.status?.addresses).toContainEqual({
      type: 'InternalIP',
      address: expect.stringMatching(/^10\.213\.77\./),
    })
    expect(await site.console('vm-1')).toContain(`the manager knows this server by ${qemu.mac}`)
  })
})
