import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BareMetalHost } from '../../api/metal/bare-metal-host.js'
import { hostAnnotations } from '../../api/metal/group.js'
import type { KubeObject } from '../../api/meta.js'
import { labNamespace } from '../../src/lab/lab.js'
import { annotateHost, changePassword, closedDoor, type Door, patchSpec, withSpecs } from '../support/corrections.js'
import { type Site, startSite } from '../support/site.js'
import { untilTrouble, untilWarning } from '../support/trouble.js'

const [locked, moved, silent, strange, magic, poor, shared] = [
  'dell-0',
  'dell-1',
  'dell-2',
  'dell-3',
  'dell-4',
  'dell-5',
  'dell-6',
] as const

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

let site: Site
let door: Door
const secretsOf = new Map<string, KubeObject>()

beforeAll(async () => {
  door = await closedDoor(() => portOf(silent))
  const specs = withSpecs({
    [silent]: { bmc: { address: `redfish-virtualmedia://127.0.0.1:${door.port}` } },
    [strange]: { bmc: { fingerprint: '00'.repeat(32) } },
    [magic]: { bmc: { address: 'redfish-magic://127.0.0.1/redfish/v1/Systems/1' } },
  })
  site = await startSite({
    personas: Array.from({ length: 7 }, () => 'dell' as const),
    adapt: manifest => {
      if (manifest.kind !== 'Secret') return withoutProfile(specs(manifest))
      secretsOf.set(manifest.metadata.name, manifest)
      if (manifest.metadata.name === `${poor}-bmc`) return undefined
      return [`${locked}-bmc`, `${moved}-bmc`].includes(manifest.metadata.name)
        ? { ...manifest, stringData: { username: 'admin', password: 'not the password' } }
        : manifest
    },
  })
})

afterAll(async () => {
  await site.stop()
  await door.close()
})

/** Firmware is not what these are about. */
const withoutProfile = (manifest: KubeObject): KubeObject =>
  manifest.kind === 'BareMetalHost' && 'spec' in manifest
    ? Object.assign({}, manifest, { spec: { ...(manifest.spec as object), firmwareProfileName: undefined } })
    : manifest

const portOf = (name: string): number => Number(new URL(site.server(name).bmc.url).port)
const requestsOf = (name: string) => site.server(name).bmc.journal.requests
const loginsOf = (name: string) =>
  requestsOf(name).filter(({ method, path }) => method === 'POST' && /\/sessions(\/members)?\/?$/i.test(path))

describe.concurrent('A host whose BMC cannot be used', { timeout: 60_000 }, () => {
  it('tries a wrong password exactly once, until the Secret changes', async () => {
    const host = await untilTrouble(site, locked, 'BMCLoginRefused', { condition: 'BMCReachable' })
    await untilWarning(site, host, 'BMCLoginRefused', /login at/)
    await annotateHost(site, locked, { [hostAnnotations.retryNow]: '' })
    const waiting = await site.untilHost(
      locked,
      'retry-now taken',
      ({ metadata, status }) =>
        metadata.annotations?.[hostAnnotations.retryNow] === undefined && (status?.attempt ?? 0) > 1,
    )
    await patchSpec(site, locked, { description: 'an edit that does not help' })
    await pause(500)
    expect(loginsOf(locked).map(({ status }) => status)).toEqual([401])
    expect(waiting.status?.triedCredentials).toMatchObject({ secret: `${locked}-bmc`, refused: true })

    await changePassword(site, locked, site.server(locked).password)
    const free = await site.untilState(locked, 'Available')
    expect(free.status?.triedCredentials).toBeUndefined()
    expect(loginsOf(locked).map(({ status }) => status)).toEqual([401, 201])
  })

  it('tries the password again at another BMC, when it was the address that was wrong', async () => {
    await untilTrouble(site, moved, 'BMCLoginRefused')
    // Whoever is behind the right address takes the password that the wrong one refused.
    site.server(shared).bmc.changeCredentials({ username: 'admin', password: 'not the password' })
    await site.hosts.delete(labNamespace, shared)
    const { bmc } = site.server(shared).host.spec
    await patchSpec(site, moved, { bmc: { address: bmc.address, fingerprint: bmc.fingerprint } })
    await site.untilState(moved, 'Available')
    expect(loginsOf(moved)).toHaveLength(1)
  })

  it('goes on by itself when a BMC that did not answer does', async () => {
    await untilTrouble(site, silent, 'BMCUnreachable', { condition: 'BMCReachable', seen: /ECONNREFUSED/ })
    expect((await site.host(silent)).status?.state).toBe('Discovering')
    await door.open()
    await site.untilState(silent, 'Available')
  })

  it('sends nothing to a BMC with another certificate than the one pinned', async () => {
    const { fingerprint } = site.server(strange).bmc
    await untilTrouble(site, strange, 'BMCCertificateRefused', {
      condition: 'BMCReachable',
      seen: new RegExp(`SHA-256 ${fingerprint}`),
    })
    expect(requestsOf(strange)).toEqual([])
    await patchSpec(site, strange, { bmc: { fingerprint } })
    await site.untilState(strange, 'Available')
  })

  it('names the schemes that there are when it does not know the one given', async () => {
    await untilTrouble(site, magic, 'BMCSchemeUnknown', { condition: 'BMCReachable', seen: 'redfish-magic' })
    await patchSpec(site, magic, { bmc: { address: site.server(magic).bmc.address } })
    await site.untilState(magic, 'Available')
  })

  it('finds its credentials when the Secret is created after it', async () => {
    await untilTrouble(site, poor, 'BMCCredentialsMissing', {
      condition: 'BMCReachable',
      seen: `Secret ${labNamespace}/${poor}-bmc`,
    })
    expect(requestsOf(poor)).toEqual([])
    site.api.applyManifest(secretsOf.get(`${poor}-bmc`) ?? {})
    await site.untilState(poor, 'Available')
  })
})

describe('A second host for a BMC that is managed already', { timeout: 60_000 }, () => {
  it('leaves it alone until the first host is gone, however its address is spelled', async () => {
    const first = await site.untilState(magic, 'Available')
    const twin = twinOf(first)
    // Creation times have whole seconds; within one, the uid decides which host is the first.
    await site.until('a second later', () => Date.now() > Date.parse(first.metadata.creationTimestamp ?? '') + 1000)
    site.api.applyManifest(twin)
    await untilTrouble(site, 'twin', 'DuplicateBMC', { seen: `${labNamespace}/${magic}` })
    expect((await site.host(magic)).status?.state).toBe('Available')

    await site.hosts.delete(labNamespace, magic)
    await site.untilState('twin', 'Available')
    expect(await site.hosts.find(labNamespace, magic)).toBeUndefined()
  })
})

const twinOf = ({ apiVersion, kind, spec }: BareMetalHost): KubeObject & { spec: object } => ({
  apiVersion,
  kind,
  metadata: { name: 'twin', namespace: labNamespace },
  spec: { ...spec, bmc: { ...spec.bmc, address: spec.bmc.address.replace(/^[^:]+/, 'idrac-virtualmedia') } },
})
