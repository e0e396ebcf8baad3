import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KubeObject } from '../api/meta.js'
import { labNamespace } from '../src/lab/lab.js'
import { ipmiSimInstalled, startIpmiSim } from './support/ipmi-sim.js'
import { type Site, startSite } from './support/site.js'

const inService = (manifest: KubeObject): object =>
  manifest.kind === 'BareMetalHost'
    ? { ...manifest, spec: { ...(manifest as KubeObject & { spec: object }).spec, externallyProvisioned: true } }
    : manifest

describe.skipIf(!ipmiSimInstalled())('a host whose Redfish service does not switch it', () => {
  let site: Site
  let ipmi: Awaited<ReturnType<typeof startIpmiSim>>
  let name: string
  beforeAll(async () => {
    site = await startSite({ adapt: inService, manager: false })
    name = site.names[0] ?? ''
    const { bmc, password } = site.server(name)
    ipmi = await startIpmiSim({ user: { username: 'admin', password } })
    const refusal = { kind: 'error', status: 501, messageId: 'Base.1.8.ActionNotSupported', text: 'no' } as const
    bmc.faults.add({ effect: refusal, path: /ComputerSystem\.Reset$/ })
  })
  afterAll(async () => {
    await site.stop()
    await ipmi.stop()
  })

  it('is switched on by the IPMI address that it names, and by nothing before it names one', async () => {
    await site.hosts.mergePatch(labNamespace, name, { spec: { online: true } })
    await site.startManager()
    await site.untilHost(name, 'the refusal of Redfish told', ({ status }) =>
      JSON.stringify(status?.conditions ?? []).includes('BMCUnsupported'),
    )
    expect(await ipmi.sets()).toEqual([])
    await site.hosts.mergePatch(labNamespace, name, {
      spec: { bmc: { fallbackAddress: `ipmi://127.0.0.1:${ipmi.port}` } },
    })
    await site.until('power on by IPMI', async () => (await ipmi.sets()).includes('set power 1'))
  })
})
