import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kataMetalCluster, type KataMetalCluster } from '../../api/infrastructure/kata-metal-cluster.js'
import {
  kataMetalMachineTemplate,
  type KataMetalMachineTemplate,
} from '../../api/infrastructure/kata-metal-machine-template.js'
import { bareMetalHost, type BareMetalHost } from '../../api/metal/bare-metal-host.js'
import { namespaces, typeOf } from '../../src/kube/resource-types.js'
import type { ResourceClient } from '../../src/kube/types.js'
import { clusterObject, hostObject } from '../support/cluster-api-objects.js'
import { openRealPlatform, type RealPlatform } from './real.js'

/** Only a real API server calls admission policies. */
describe('The admission policies', () => {
  const namespace = 'policies'
  let platform: RealPlatform
  let hosts: ResourceClient<BareMetalHost>
  let templates: ResourceClient<KataMetalMachineTemplate>
  let clusters: ResourceClient<KataMetalCluster>

  beforeAll(async () => {
    platform = await openRealPlatform()
    hosts = platform.client.resource(typeOf(bareMetalHost))
    templates = platform.client.resource(typeOf(kataMetalMachineTemplate))
    clusters = platform.client.resource(typeOf(kataMetalCluster))
    await platform.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  })
  afterAll(async () => {
    for (const { metadata } of await hosts.list({ namespace }))
      await hosts.mergePatch(namespace, metadata.name, {
        metadata: { annotations: { [detached]: '' }, finalizers: null },
      })
    await platform.client.resource(namespaces).delete(undefined, namespace)
    await platform.stop()
  })

  const detached = 'metal.akraino.org/detached'
  const addHost = async (name: string, status: object, spec: Partial<BareMetalHost['spec']> = {}) => {
    const host = hostObject(name, { spec })
    const { resourceVersion: _version, uid: _uid, generation: _generation, ...metadata } = host.metadata
    await hosts.create({ ...host, metadata: { ...metadata, namespace } })
    await hosts.mergePatchStatus(namespace, name, { status })
  }
  const moveBMC = (name: string) =>
    hosts.mergePatch(namespace, name, { spec: { bmc: { address: 'https://other.test' } } })
  const refused = async (write: Promise<unknown>, message: RegExp) => {
    const error = await write.then(
      () => undefined,
      (reason: unknown) => reason as { code: string; message: string },
    )
    expect(error?.message).toMatch(message)
  }

  it('hold the BMC address of a host in use, unless it is detached', async () => {
    await addHost('used', { state: 'InService' })
    await refused(moveBMC('used'), /spec\.bmc\.address of a host in use cannot be changed/)
    await hosts.mergePatch(namespace, 'used', { spec: { online: true } })
    await hosts.mergePatch(namespace, 'used', { metadata: { annotations: { [detached]: '' } } })
    await moveBMC('used')
  })

  it('let the BMC address of a free host be corrected', async () => {
    await addHost('free', { state: 'Discovering' })
    expect((await moveBMC('free')).spec.bmc.address).toBe('https://other.test')
  })

  it('keep hosts in use from deletion: by their state, their installed system or their consumer', async () => {
    await addHost('busy', { state: 'Provisioning' })
    await addHost('held', { state: 'Available' }, { consumerRef: { kind: 'KataMetalMachine', name: 'x' } })
    await addHost('installed', { state: 'Discovering' })
    await hosts.mergePatch(namespace, 'installed', {
      metadata: { annotations: { 'metal.akraino.org/installed': '{}' } },
    })
    for (const name of ['busy', 'held', 'installed'])
      await refused(hosts.delete(namespace, name), /the host is in use: delete the Machine that holds it/)
  })

  it('let hosts go that are free, detached, moved away, or were never written to', async () => {
    await addHost('idle', { state: 'Available' })
    await addHost('foreign', { state: 'InService' }, { externallyProvisioned: true })
    await addHost('moved', { state: 'InService' })
    const annotations = { 'clusterctl.cluster.x-k8s.io/delete-for-move': '' }
    await hosts.mergePatch(namespace, 'moved', { metadata: { annotations } })
    for (const name of ['idle', 'foreign', 'moved', 'used']) {
      await hosts.delete(namespace, name)
      expect(await hosts.find(namespace, name)).toBeUndefined()
    }
  })

  it('30: hold the spec of a template, but for dry runs of the topology controller', async () => {
    await templates.create({
      apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
      kind: 'KataMetalMachineTemplate',
      metadata: { name: 'workers', namespace },
      spec: { template: { spec: { needs: { cores: 4 } } } },
    })
    const spec = { template: { spec: { needs: { cores: 8 } } } }
    const marked = { metadata: { annotations: { 'topology.cluster.x-k8s.io/dry-run': '' } }, spec }
    const immutable = /spec\.template\.spec is immutable/
    await refused(templates.mergePatch(namespace, 'workers', { spec }), immutable)
    await refused(templates.mergePatch(namespace, 'workers', { spec }, { dryRun: true }), immutable)
    await refused(templates.mergePatch(namespace, 'workers', marked), immutable)
    const tried = await templates.mergePatch(namespace, 'workers', marked, { dryRun: true })
    expect(tried.spec.template.spec.needs?.cores).toBe(8)
    await templates.mergePatch(namespace, 'workers', { metadata: { labels: { any: 'label' } } })
    expect((await templates.get(namespace, 'workers')).spec.template.spec.needs?.cores).toBe(4)
  })

  it('11: keep a cluster that somebody else manages from being taken over', async () => {
    const name = clusterObject().metadata.name
    await clusters.create({
      apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
      kind: 'KataMetalCluster',
      metadata: { name, namespace },
      spec: {} as KataMetalCluster['spec'],
    })
    const mark = (value: string | null) =>
      clusters.mergePatch(namespace, name, { metadata: { annotations: { 'cluster.x-k8s.io/managed-by': value } } })
    await mark('somebody')
    await mark('somebody else')
    await refused(mark(null), /annotation cluster\.x-k8s\.io\/managed-by cannot be removed/)
  })
})
