import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KubeObject } from '../../api/meta.js'
import { run } from '../../src/cli/program.js'
import { systemClock } from '../../src/base/clock.js'
import { createLogger, type Logger } from '../../src/base/log.js'
import { labNamespace } from '../../src/lab/lab.js'
import { type Collected, collect } from '../support/collected.js'
import { patchSpec, withSpecs } from '../support/corrections.js'
import { findLeaks, type Output } from '../support/leaks.js'
import { type Site, startSite } from '../support/site.js'
import { testConsole } from '../support/test-console.js'
import { untilTrouble, untilWarning } from '../support/trouble.js'

const [member, locked, imageless, talkative, broken, garbled, inspected] = [
  'dell-0',
  'hpe-1',
  'dell-2',
  'dell-3',
  'dell-4',
  'dell-5',
  'supermicro-6',
] as const
const machine = 'edge-control-plane'
const hosts = [member, locked, imageless, talkative, broken, garbled, inspected]

const wrongPassword = 'wrong-password-of-the-locked-host'
const planted = {
  userData: 'planted-word-of-the-user-data',
  metaData: 'planted-word-of-the-meta-data',
  network: 'planted-word-of-the-network-data',
}

let site: Site
let collected: Collected
let log: Logger
const lines: string[] = []

beforeAll(async () => {
  log = createLogger('trace', { write: line => lines.push(line) })
  const specs = withSpecs({
    [locked]: { firmwareProfileName: undefined },
    [imageless]: { firmwareProfileName: undefined },
    [talkative]: { firmwareProfileName: undefined },
    [broken]: { firmwareProfileName: undefined, userData: { name: 'broken-user-data' } },
    [garbled]: { firmwareProfileName: undefined, metaData: { name: 'garbled-meta-data' } },
    [inspected]: {
      firmwareProfileName: undefined,
      inspectionMode: 'agent',
      preprovisioningNetworkDataName: 'network',
      networkData: { name: 'network' },
    },
  })
  site = await startSite({
    personas: ['dell', 'hpe', 'dell', 'dell', 'dell', 'dell', 'supermicro'],
    machines: 1,
    manager: false,
    log,
    adapt: manifest => {
      if (manifest.metadata.name === `${locked}-bmc`)
        return { ...manifest, stringData: { username: 'admin', password: wrongPassword } }
      return manifest.kind === 'KataMetalMachine' ? bound(manifest) : specs(manifest)
    },
  })
  collected = collect(site)
  // Real BMCs quote what they refuse.
  site.server(locked).bmc.faults.add({
    method: 'POST',
    path: /sessions/,
    effect: { kind: 'error', status: 401, messageId: 'X', text: '{Password} is not the password of {UserName}.' },
  })
  site.server(talkative).bmc.faults.add({
    path: /InsertMedia/,
    effect: { kind: 'error', status: 400, messageId: 'X', text: 'The image {Image} cannot be mounted.' },
  })
  for (const [name, data] of Object.entries({
    'broken-user-data': { value: `#cloud-config\nrun: [unfinished, "${planted.userData}` },
    'garbled-meta-data': { metaData: `nothing: [unfinished, "${planted.metaData}` },
    network: { networkData: `version: 2\nwifis: { wlan0: { password: ${planted.network} } }\n` },
  }))
    site.api.applyManifest(secret(name, data))
  await site.startManager()
})

afterAll(async () => {
  collected.stop()
  await site.stop()
})

const secret = (name: string, stringData: object): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: labNamespace },
  stringData,
})

/** The Machine gets the first host; all others are worked on by hand. */
const bound = (manifest: KubeObject): object => {
  const { spec } = manifest as KubeObject & { spec: object }
  return { ...manifest, spec: { ...spec, hostSelector: { matchLabels: { role: 'member' } } } }
}

const install = async (name: string, url = site.lab.images.image.url): Promise<void> => {
  await site.untilState(name, 'Available')
  await patchSpec(site, name, { image: { ...site.lab.images.image, url } })
}

/** A life from discovery to service and back, and beside it whatever can go wrong with a secret at hand. */
const live = async (): Promise<void> => {
  await Promise.all([
    wholeLife(),
    untilTrouble(site, locked, 'BMCLoginRefused').then(host =>
      untilWarning(site, host, 'BMCLoginRefused', /\[hidden\] is not the password/),
    ),
    install(imageless, `${site.lab.images.url}/gone`).then(() => untilTrouble(site, imageless, 'ImageMissing')),
    install(talkative).then(() => untilTrouble(site, talkative, 'BMCRejected', { seen: /cannot be mounted/ })),
    install(broken).then(() => untilTrouble(site, broken, 'BootstrapFailed', { seen: /\[hidden\]/ })),
    install(garbled).then(() => untilTrouble(site, garbled, 'FileInvalid', { seen: /it is not YAML/ })),
    install(inspected).then(() => site.untilState(inspected, 'InService')),
  ])
}

const wholeLife = async (): Promise<void> => {
  await site.untilState(member, 'Available')
  await site.hosts.mergePatch(labNamespace, member, { metadata: { labels: { role: 'member' } } })
  await site.untilPhase(machine, 'Running')
  await site.machines.delete(labNamespace, machine)
  await site.until('the Machine to be gone', async () => (await site.machines.list()).length === 0)
  await site.untilState(member, 'Available')
}

const metrics = async (): Promise<Output[]> => {
  const manager = site.manager
  const served = await fetch(`${manager?.probesURL ?? ''}/metrics`)
  return [{ where: 'metrics', text: await served.text() }]
}

const commandLine = async (): Promise<Output[]> => {
  const commands = [
    ['host', 'list', '-o', 'wide'],
    ...hosts.flatMap(host => [
      ['host', 'show', host],
      ['host', 'show', host, '-o', 'yaml'],
      ['host', 'explain', host],
      ['host', 'explain', host, '-o', 'json'],
    ]),
  ]
  const outputs: Output[] = []
  for (const words of commands) {
    const console = testConsole()
    const code = await run(
      [...words, '--kubeconfig', site.lab.kubeconfigPath, '-n', labNamespace],
      console,
      systemClock,
    )
    expect([words.join(' '), code]).toEqual([words.join(' '), 0])
    outputs.push({ where: words.join(' '), text: console.text.out + console.text.err })
  }
  return outputs
}

const logs = (): Output[] => lines.map(text => ({ where: `log line ${text.slice(0, 60)}`, text }))

describe('A whole life at the most verbose log level', { timeout: 90_000 }, () => {
  it('shows no secret in the log, in any version of any object, in metrics or on the command line', async () => {
    await live()
    const outputs = [...logs(), ...collected.outputs(), ...(await metrics()), ...(await commandLine())]
    const secrets = [
      ...collected.secrets(),
      ...Object.entries(planted).map(([what, value]) => ({ what, value })),
      { what: 'a private key', value: 'PRIVATE KEY-----' },
    ]
    expect(findLeaks(outputs, secrets)).toEqual([])

    // The search would have had something to find, and somewhere to find it.
    const kinds = secrets.map(({ what }) => what.replace(/ (of|at|in|key) .*/, ''))
    expect(new Set(kinds)).toEqual(
      new Set([
        'API token',
        'password',
        'Basic authentication',
        'session token',
        'agent token',
        'first-boot token',
        'media token',
        'token',
        'a private key',
        ...Object.keys(planted),
        ...['katametal-manager-keys', 'edge-kubeconfig', `${machine}-bootstrap`].map(name => `Secret ${name}`),
        ...[...hosts.map(host => `${host}-bmc`), 'broken-user-data', 'garbled-meta-data', 'network'].map(
          name => `Secret ${name}`,
        ),
      ]),
    )
    const tables = new Set(collected.outputs().map(({ where }) => where.split(' ')[0]))
    for (const plural of [
      'baremetalhosts',
      'hostinventories',
      'hostfirmwares',
      'events',
      'katametalmachines',
      'secrets',
    ])
      expect(
        [...tables].some(table => table?.includes(plural)),
        plural,
      ).toBe(true)
    expect(lines.some(line => line.includes('"level":"debug"'))).toBe(true)
    expect((await metrics())[0]?.text).toContain('controller_runtime_reconcile_total')
  })

  it('would have failed for a single secret in a single line of the log', () => {
    const { name, password } = site.server(locked)
    const before = lines.length
    log.child({ room: 'test' }).debug({ body: { UserName: 'admin', Password: password } }, 'bmc request')
    expect(findLeaks(logs().slice(before), collected.secrets())).toContainEqual(
      expect.objectContaining({ what: `password of ${name}` }),
    )
  })

  it('would have failed for a media token in an annotation', () => {
    const token = collected.secrets().find(({ what }) => what.startsWith('media token'))
    const digest = createHash('sha256')
      .update(token?.value ?? '')
      .digest('base64url')
    const urlWith = (text: string): Output => ({
      where: 'annotation',
      text: `{"image":"https://m/v1/media/op/${text}/boot.iso"}`,
    })
    expect(findLeaks([urlWith(token?.value ?? '')], collected.secrets())).not.toEqual([])
    expect(findLeaks([urlWith(digest)], collected.secrets())).toEqual([])
  })
})
