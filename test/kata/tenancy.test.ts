import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KudProfile } from '../../api/kud/kud-profile.js'
import { kudProfile } from '../../api/kud/kud-profile.js'
import type { KubeObject } from '../../api/meta.js'
import { systemClock } from '../../src/base/clock.js'
import { silentLogger } from '../../src/base/log.js'
import { typeOfRendered } from '../../src/controllers/kud/apply-all.js'
import { type Namespace, namespaces, typeOf } from '../../src/kube/resource-types.js'
import { type Lab, labNamespace, startLab } from '../../src/lab/lab.js'

let lab: Lab
beforeAll(async () => {
  lab = await startLab({
    folder: join(await mkdtemp(join(tmpdir(), 'katametal-tenancy-')), 'lab'),
    hosts: 1,
    personas: ['dell'],
    machines: 1,
    speed: 50,
    firmwareProfile: 'kata',
    manager: true,
    clock: systemClock,
    log: silentLogger,
  })
}, 60_000)
afterAll(() => lab.stop())

const label = 'katametal.akraino.org/tenant'
const profiles = () => lab.client.resource<KudProfile>(typeOf(kudProfile))
const get = (apiVersion: string, kind: string, name: string, namespace?: string) =>
  lab.client
    .resource<KubeObject & { spec?: object }>(typeOfRendered({ apiVersion, kind, metadata: { name } }))
    .find(namespace, name)

const until = async <T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> => {
  for (const end = Date.now() + 30_000; Date.now() < end; await pause(50)) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
  }
  throw new Error(`waited in vain for ${what}`)
}

const ready = () =>
  until('the cluster to be furnished', async () => {
    const { status } = await profiles().get(labNamespace, 'edge')
    return status?.clusters?.[0]?.ready === true && status
  })
const setLabel = (name: string, value: string | null) =>
  lab.client.resource<Namespace>(namespaces).mergePatch(undefined, name, { metadata: { labels: { [label]: value } } })
const limits = (namespace: string) => get('v1', 'LimitRange', 'katametal-tenant', namespace)

describe('a KudProfile that a cluster uses', () => {
  it('says that its versions go together, and where it is applied', async () => {
    const status = await ready()
    expect(status.clusters).toEqual([{ name: 'edge', ready: true }])
    expect(status.conditions?.find(({ type }) => type === 'Valid')).toMatchObject({
      status: 'True',
      reason: 'Compatible',
    })
  })

  it('brings its runtime classes and admission policies into the workload cluster', async () => {
    await ready()
    expect(await get('node.k8s.io/v1', 'RuntimeClass', 'kata-qemu-runtime-rs')).toMatchObject({
      handler: 'kata-qemu-runtime-rs',
    })
    const policies = 'admissionregistration.k8s.io/v1'
    for (const name of ['katametal-tenant-runtime', 'katametal-tenant-isolation']) {
      expect(await get(policies, 'ValidatingAdmissionPolicy', name)).toBeDefined()
      expect(await get(policies, 'ValidatingAdmissionPolicyBinding', name)).toBeDefined()
    }
  })

  it('furnishes a namespace when it gets the label, and clears it when the label goes', async () => {
    await ready()
    await lab.client
      .resource<Namespace>(namespaces)
      .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a' } })
    await setLabel('team-a', 'a')
    await until('the network policy', () =>
      get('networking.k8s.io/v1', 'NetworkPolicy', 'katametal-tenant-dns', 'team-a'),
    )
    expect((await limits('team-a'))?.spec).toMatchObject({ limits: [{ default: { cpu: '1', memory: '1Gi' } }] })
    expect(await limits('default')).toBeUndefined()
    await setLabel('team-a', null)
    await until('the namespace cleared', async () => (await limits('team-a')) === undefined)
    await until(
      'the network opened',
      async () => (await get('networking.k8s.io/v1', 'NetworkPolicy', 'katametal-tenant', 'team-a')) === undefined,
    )
  })

  it('that is made invalid says so with the reason, and leaves in place what is there', async () => {
    await ready()
    const set = (version: string) => profiles().mergePatch(labNamespace, 'edge', { spec: { containerd: { version } } })
    await set('1.6.20')
    const condition = await until('the refusal', async () => {
      const { status } = await profiles().get(labNamespace, 'edge')
      return status?.conditions?.find(({ type, status: holds }) => type === 'Valid' && holds === 'False')
    })
    expect(condition.reason).toBe('KudCombinationRefused')
    expect(condition.message).toContain('containerd 1.6.20 is not one that katametal knows')
    expect(await get('node.k8s.io/v1', 'RuntimeClass', 'kata-qemu-runtime-rs')).toBeDefined()
    await set('2.3.4')
    await ready()
  })
})
