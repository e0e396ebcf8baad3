import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startVmSite, type VmServer, type VmSite } from './support/vm-site.js'

let site: VmSite
let server: VmServer
const userData = '#cloud-config\nruncmd: [ "true" ]\n# grüße\n'

beforeAll(async () => {
  site = await startVmSite()
  site.lab.api.applyManifest({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'user-data', namespace: 'default' },
    stringData: { value: userData },
  })
  server = await site.addServer('vm-1')
})
afterAll(() => site.stop())

describe('the life of a server', () => {
  it('goes from a blank disk to a running system that has reported its first boot', async () => {
    await site.untilState('vm-1', 'Available')
    const began = Date.now()
    await site.patchSpec('vm-1', {
      online: true,
      userData: { name: 'user-data' },
      image: { url: site.tiny.url, checksum: site.tiny.checksum, checksumType: 'sha256', format: 'raw' },
    })
    const host = await site.untilState('vm-1', 'InService')
    console.log(`blank disk to first boot: ${Math.round((Date.now() - began) / 100) / 10} s`)
    expect(server.qemu.boots).toEqual(['cd', 'disk'])
    expect(host.status?.firstBoot).toMatchObject({ bootstrap: 'succeeded', hostName: 'vm-1' })
    const said = await site.console('vm-1')
    expect(said).toContain(`tiny: user-data ${createHash('sha256').update(userData).digest('hex')}`)
    expect(said).toContain('provider katametal://default/vm-1')
  })
})
