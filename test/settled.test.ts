import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KubeObject } from '../api/meta.js'
import { labNamespace } from '../src/lab/lab.js'
import { type Site, startSite } from './support/site.js'

const withSpec = (manifest: KubeObject, spec: object): object =>
  manifest.kind === 'BareMetalHost'
    ? { ...manifest, spec: { ...(manifest as KubeObject & { spec: object }).spec, ...spec } }
    : manifest

describe('a host in service', () => {
  let site: Site
  let name: string
  beforeAll(async () => {
    site = await startSite({ adapt: manifest => withSpec(manifest, { externallyProvisioned: true, online: true }) })
    name = site.names[0] ?? ''
    await site.untilState(name, 'InService')
    await site.untilHost(name, 'power on', ({ status }) => status?.poweredOn === true)
  })
  afterAll(() => site.stop())

  const journal = () => site.server(name).bmc.journal
  const wish = (online: boolean) => site.hosts.mergePatch(labNamespace, name, { spec: { online } })
  const shutdowns = () => journal().happened.filter(what => what === 'power GracefulShutdown').length

  it('is left in peace while nobody wants anything of it', async () => {
    const before = journal().requests.length
    await new Promise(resolve => setTimeout(resolve, 2_000))
    expect(journal().requests.length - before).toBeLessThanOrEqual(2)
  })

  it('asks the operating system each time anew to shut down, however often it was asked before', async () => {
    await wish(false)
    await site.until('a first request to shut down', () => shutdowns() === 1)
    await wish(true)
    await site.untilHost(name, 'the other wish seen', ({ metadata, status }) => {
      return status?.observedGeneration === metadata.generation
    })
    await wish(false)
    await site.until('a second request to shut down', () => shutdowns() === 2, 4_000)
    expect(journal().happened).not.toContain('power ForceOff')
  })
})
