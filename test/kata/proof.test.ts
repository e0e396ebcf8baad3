import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BareMetalHost, bareMetalHost } from '../../api/metal/bare-metal-host.js'
import { systemClock } from '../../src/base/clock.js'
import { silentLogger } from '../../src/base/log.js'
import { type Node, nodes, type Pod, pods, typeOf } from '../../src/kube/resource-types.js'
import type { ResourceType } from '../../src/kube/types.js'
import { type Lab, startLab } from '../../src/lab/lab.js'

let lab: Lab
beforeAll(async () => {
  lab = await startLab({
    folder: join(await mkdtemp(join(tmpdir(), 'katametal-proof-')), 'lab'),
    hosts: 2,
    personas: ['dell'],
    machines: 2,
    speed: 50,
    firmwareProfile: 'kata',
    manager: true,
    clock: systemClock,
    log: silentLogger,
    // The second Machine is a control plane without tenants.
    adapt: manifest =>
      manifest.kind === 'KataMetalMachine' && manifest.metadata.name.endsWith('worker-1')
        ? { ...manifest, spec: { ...(manifest as unknown as { spec: object }).spec, needs: { kata: false } } }
        : manifest,
  })
  for (const name of ['edge-control-plane', 'edge-worker-1']) await inService(name)
}, 120_000)
afterAll(() => lab.stop())

const hosts = () => lab.client.resource<BareMetalHost>(typeOf(bareMetalHost))
const hostOf = async (machine: string) => (await hosts().list()).find(({ spec }) => spec.consumerRef?.name === machine)

const inService = async (machine: string): Promise<BareMetalHost> => {
  for (;;) {
    const host = await hostOf(machine)
    if (host?.status?.state === 'InService') return host
    await pause(100)
  }
}

const provenNode = () => lab.client.resource<Node>(nodes).get(undefined, 'edge-control-plane')
const condition = (host: BareMetalHost | undefined) =>
  host?.status?.conditions?.find(({ type }) => type === 'KataProven')

describe('a Node that shall run Kata', () => {
  it('enters service only after a pod of each class was seen in a VM beside one on runc (fact 33)', async () => {
    expect(condition(await hostOf('edge-control-plane'))).toMatchObject({ status: 'True', reason: 'Proven' })
    const message = condition(await hostOf('edge-control-plane'))?.message
    expect(message).toContain('kata-qemu-runtime-rs runs kernel 6.18.35')
    expect(message).toContain('kata-clh-runtime-rs runs kernel 6.18.35')
    expect(message).toContain('runc runs kernel 6.1.0-lab of the Node')
  })

  it('has the label, no start-up taint, and every handler of the profile (facts 16 and 37)', async () => {
    const { metadata, spec, status } = await provenNode()
    expect(metadata.labels?.['katacontainers.io/kata-runtime']).toBe('true')
    expect(spec?.taints ?? []).toEqual([])
    const handlers = status?.runtimeHandlers?.map(({ name }) => name)
    expect(handlers).toEqual(expect.arrayContaining(['kata-qemu-runtime-rs', 'kata-clh-runtime-rs']))
  })

  it('keeps no pod of the proof', async () => {
    for (let turn = 0; turn < 100 && (await lab.client.resource<Pod>(pods).list()).length > 0; turn++) await pause(50)
    expect(await lab.client.resource<Pod>(pods).list()).toEqual([])
  })

  it('was proven in classes with the overhead of the profile and without a selector', async () => {
    const type: ResourceType = {
      group: 'node.k8s.io',
      version: 'v1',
      plural: 'runtimeclasses',
      kind: 'RuntimeClass',
      namespaced: false,
    }
    const proof = await lab.client.resource(type).get(undefined, 'kata-qemu-runtime-rs-proof')
    expect(proof).toMatchObject({ handler: 'kata-qemu-runtime-rs', overhead: { podFixed: { memory: '320Mi' } } })
    expect(proof).not.toHaveProperty('scheduling')
  })
})

describe('a Node that needs no Kata', () => {
  it('is neither proven nor tainted nor labelled', async () => {
    expect(condition(await hostOf('edge-worker-1'))).toMatchObject({ status: 'Unknown', reason: 'NotAsked' })
    const { metadata, spec } = await lab.client.resource<Node>(nodes).get(undefined, 'edge-worker-1')
    expect(metadata.labels ?? {}).not.toHaveProperty('katacontainers.io/kata-runtime')
    expect(spec?.taints ?? []).toEqual([])
  })
})
