import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BareMetalHost } from '../../api/metal/bare-metal-host.js'
import { hostAnnotations } from '../../api/metal/group.js'
import { labNamespace } from '../../src/lab/lab.js'
import { annotateHost, patchSpec, withSpecs } from '../support/corrections.js'
import { type FileServer, sha256Of, startFileServer } from '../support/file-server.js'
import { type Site, startSite } from '../support/site.js'
import { untilTrouble } from '../support/trouble.js'

const [gone, late, wrong, bare, odd, picky, dataless, offline] = [
  'dell-0',
  'hpe-1',
  'dell-2',
  'lenovo-3',
  'dell-4',
  'supermicro-5',
  'dell-6',
  'dell-7',
] as const

const bytes = Buffer.alloc(100_000, 'an operating system ')
const other = Buffer.alloc(100_000, 'another operating system ')
const checksum = sha256Of(bytes)

let files: FileServer
let site: Site

beforeAll(async () => {
  files = await startFileServer()
  files.files.set('/image.raw', bytes)
  const url = files.urlOf('/image.raw')
  // undefined takes away the profile: firmware is not what these are about.
  const common = { firmwareProfileName: undefined }
  site = await startSite({
    personas: ['dell', 'hpe', 'dell', 'lenovo', 'dell', 'supermicro', 'dell', 'dell'],
    adapt: withSpecs({
      [gone]: { ...common, image: { url: files.urlOf('/gone.raw'), checksum } },
      [late]: { ...common, image: { url: files.urlOf('/late.raw'), checksum } },
      [wrong]: { ...common, image: { url, checksum: sha256Of(other) } },
      [bare]: { ...common, image: { url } },
      [odd]: { ...common, image: { url, checksum: files.urlOf('/SHA256SUMS') } },
      [picky]: { ...common, image: { url, checksum }, rootDeviceHints: { serialNumber: 'no such disk' } },
      [dataless]: { ...common, image: { url, checksum }, userData: { name: 'first-boot' } },
      [offline]: { ...common, image: { url, checksum }, networkData: { name: 'network' } },
    }),
  })
})

afterAll(async () => {
  await site.stop()
  await files.stop()
})

const image = () => ({ url: files.urlOf('/image.raw'), checksum })

/** Installed, with one write of the right image and nothing left of the way there. */
const untilInstalled = async (name: string): Promise<BareMetalHost> => {
  const host = await site.untilState(name, 'InService')
  const { server, bmc } = site.server(name)
  expect(server.journal.destructive.map(what => what.replace(/ task .*/, ''))).toEqual([`wrote image ${checksum}`])
  expect(server.disks.filter(({ installed }) => installed?.digest === checksum)).toHaveLength(1)
  expect(host.status?.installed?.checksum).toBe(checksum)
  expect(host.status?.conditions?.find(({ type }) => type === 'Provisioned')).toMatchObject({ status: 'True' })
  expect(bmc.power).toBe('On')
  return host
}

const untouched = (name: string): void => {
  const { server, bmc } = site.server(name)
  expect(server.journal.happened).toEqual([])
  expect(bmc.journal.happened).toEqual([])
}

describe.concurrent('A host whose image cannot be installed', { timeout: 60_000 }, () => {
  it('names the URL that answers 404, and installs the image from the right one', async () => {
    const host = await untilTrouble(site, gone, 'ImageMissing', { condition: 'Provisioned', seen: /gone\.raw.*404/ })
    expect(host.status).toMatchObject({ state: 'Provisioning', step: 'write' })
    await patchSpec(site, gone, { image: image() })
    await untilInstalled(gone)
  })

  it('tries again at once when it is asked to, after the file was put where it should be', async () => {
    await untilTrouble(site, late, 'ImageMissing')
    const asked = files.asked.filter(path => path === '/late.raw').length
    const { status } = await site.untilHost(late, 'a retry time', host => host.status?.retryTime !== undefined)
    expect(Date.parse(status?.retryTime ?? '') - Date.now()).toBeGreaterThan(60_000)
    files.files.set('/late.raw', bytes)
    await annotateHost(site, late, { [hostAnnotations.retryNow]: '' })
    const host = await untilInstalled(late)
    expect(files.asked.filter(path => path === '/late.raw')).toHaveLength(asked + 1)
    expect(host.metadata.annotations?.[hostAnnotations.retryNow]).toBeUndefined()
  })

  it('shows the checksum that the image has when another one was asked for', async () => {
    await untilTrouble(site, wrong, 'ImageChecksumMismatch', { condition: 'Provisioned', seen: `sha256 ${checksum}` })
    expect(site.server(wrong).server.disks.every(({ installed }) => installed === undefined)).toBe(true)
    await patchSpec(site, wrong, { image: image() })
    await untilInstalled(wrong)
  })

  it('refuses an image without a checksum before it touches the server', async () => {
    await untilTrouble(site, bare, 'ImageChecksumMissing', { condition: 'Provisioned', seen: /spec\.image\.checksum/ })
    untouched(bare)
    await patchSpec(site, bare, { image: image() })
    await untilInstalled(bare)
  })

  it('refuses the URL of a list of checksums before it touches the server', async () => {
    await untilTrouble(site, odd, 'ImageChecksumMissing', { condition: 'Provisioned', seen: /a URL is not followed/ })
    untouched(odd)
    await patchSpec(site, odd, { image: image() })
    await untilInstalled(odd)
  })

  it('names each disk and what speaks against it when root device hints match none', async () => {
    await untilTrouble(site, picky, 'RootDeviceNotFound', {
      condition: 'Provisioned',
      seen: /\/dev\/sda differs in serialNumber/,
    })
    expect(site.server(picky).server.journal.destructive).toEqual([])
    await patchSpec(site, picky, { rootDeviceHints: null })
    await untilInstalled(picky)
  })

  it('waits for the user data before it touches the server, and finds it by itself', async () => {
    await untilTrouble(site, dataless, 'UserDataMissing', {
      condition: 'Provisioned',
      seen: `Secret ${labNamespace}/first-boot`,
    })
    untouched(dataless)
    site.api.applyManifest({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'first-boot', namespace: labNamespace },
      stringData: { value: '#cloud-config\n{}\n' },
    })
    await untilInstalled(dataless)
  })

  it('waits for the network configuration that it is to have, instead of installing a system without one', async () => {
    await untilTrouble(site, offline, 'SecretMissing', {
      condition: 'Provisioned',
      seen: `Secret ${labNamespace}/network`,
    })
    untouched(offline)
    site.api.applyManifest({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'network', namespace: labNamespace },
      stringData: { networkData: 'version: 2\n' },
    })
    await untilInstalled(offline)
  })
})
