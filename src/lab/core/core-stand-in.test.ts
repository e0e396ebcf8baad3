import { parse } from 'yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Machine } from '../../../api/cluster-api.js'
import { kataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import { bareMetalHost, type BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import {
  hostObject,
  kataMetalClusterObject,
  kataMetalMachineObject,
  machineObject,
} from '../../../test/support/cluster-api-objects.js'
import { aWhile, eventually, startWorld, type World } from '../../../test/support/cluster-api-world.js'
import { systemClock } from '../../base/clock.js'
import { silentLogger } from '../../base/log.js'
import { createInformer } from '../../kube/informer.js'
import { typeOf } from '../../kube/resource-types.js'
import { type CoreStandIn, startCoreStandIn } from './core-stand-in.js'

const admin = { name: 'admin', groups: ['system:masters'] }

let world: World
let core: CoreStandIn
let joinToken: string
const end = new AbortController()
/** What happened to hosts and Nodes, in order. */
const history: string[] = []

beforeAll(async () => {
  world = await startWorld()
  await world.startControllers()
  joinToken = world.api.addToken(admin)
  core = await startCoreStandIn({
    client: world.client,
    join: { server: world.api.url, ca: world.api.ca, token: joinToken },
    kubeconfig: world.api.kubeconfig(admin),
    clock: systemClock,
    log: silentLogger,
  })
  await runHosts()
})
afterAll(async () => {
  end.abort()
  await core.stop()
  await world.stop()
})

/** The least that a host controller and a server do: install what the claim asks for, join, and wipe. */
const runHosts = async () => {
  const hosts = createInformer<BareMetalHost>(world.client, typeOf(bareMetalHost), {
    clock: systemClock,
    log: silentLogger,
  })
  hosts.onChange(({ object, type }) => {
    if (type !== 'deleted') void live(object).catch(() => undefined)
  })
  void hosts.run(end.signal)
  await hosts.synced()
}
const live = async (host: BareMetalHost): Promise<void> => {
  const { name, resourceVersion } = host.metadata
  const report = (status: object) =>
    world.of.hosts.mergePatchStatus('site', name, { metadata: { resourceVersion }, status })
  if (host.spec.image !== undefined && host.status?.state === 'Available') {
    await report({ state: 'InService', poweredOn: true })
    history.push(`install ${name}`)
    const secret = await world.of.secrets.get('site', host.spec.userData?.name ?? '')
    const userData = parse(Buffer.from(secret.data?.['value'] ?? '', 'base64').toString()) as {
      katametal_lab_join: { nodeName: string }
    }
    const { nodeName } = userData.katametal_lab_join
    await world.of.nodes.create({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: nodeName },
      // The control plane of this test has kubelets that were not told who they are.
      spec: nodeName === 'cp-1' ? {} : { providerID: `katametal://site/${name}` },
    })
  } else if (host.spec.image === undefined && host.status?.state === 'InService') {
    await report({ state: 'Available', poweredOn: false })
    history.push(`wipe ${name}`)
  }
}

const machines = async (): Promise<Machine[]> => world.of.machines.list({ namespace: 'site' })
const phases = async () =>
  Object.fromEntries((await machines()).map(({ metadata, status }) => [metadata.name, status?.phase]))

const addMachine = async (name: string, labels: Record<string, string> = {}) => {
  const machine = machineObject({ metadata: { labels } }, name)
  await world.create(world.of.machines, { ...machine, spec: { ...machine.spec, bootstrap: {} } })
  await world.create(
    world.of.kataMetalMachines,
    kataMetalMachineObject({ metadata: { ownerReferences: [], finalizers: [], labels: {} } }, name),
  )
}

describe('the core stand-in with the real controllers', () => {
  it('brings a Cluster with one control plane and two worker Machines to Running', async () => {
    for (const name of ['h1', 'h2', 'h3', 'h4']) await world.create(world.of.hosts, hostObject(name))
    await world.create(
      world.of.kataMetalClusters,
      kataMetalClusterObject({
        metadata: { ownerReferences: [], labels: {} },
        spec: { failureDomainLabel: 'rack', controlPlaneEndpoint: { host: '192.0.2.1', port: 6443 } },
      }),
    )
    await addMachine('w-1')
    await addMachine('w-2')
    await aWhile()
    expect(await world.of.secrets.list({ namespace: 'site' })).toEqual([])

    await world.of.clusters.create({
      apiVersion: 'cluster.x-k8s.io/v1beta2',
      kind: 'Cluster',
      metadata: { name: 'blue', namespace: 'site' },
      spec: { infrastructureRef: { apiGroup: kataMetalCluster.group, kind: 'KataMetalCluster', name: 'blue' } },
    })
    await eventually('the Cluster to be provisioned', async () => {
      const { status, spec } = await world.of.clusters.get('site', 'blue')
      return status?.initialization?.infrastructureProvisioned === true && spec?.controlPlaneEndpoint?.port === 6443
    })
    await eventually('the workers to wait', async () =>
      (await world.of.kataMetalMachines.list({ namespace: 'site' })).every(({ status }) =>
        status?.conditions?.some(({ reason }) => reason === 'WaitingForControlPlaneInitialized'),
      ),
    )
    expect(history).toEqual([])

    await addMachine('cp-1', { 'cluster.x-k8s.io/control-plane': '' })
    await eventually('all Machines to run', async () =>
      Object.values(await phases()).every(phase => phase === 'Running'),
    )
    expect(history).toHaveLength(3)
    for (const { metadata, spec, status } of await machines()) {
      const infrastructure = await world.of.kataMetalMachines.get('site', metadata.name)
      expect(spec?.providerID).toBe(infrastructure.spec.providerID)
      expect(status?.nodeRef?.name).toBe(metadata.name)
      expect((await world.of.nodes.get(undefined, metadata.name)).spec?.providerID).toBe(spec?.providerID)
      expect(infrastructure.metadata.labels?.['cluster.x-k8s.io/cluster-name']).toBe('blue')
    }
    await eventually('NodeJoined everywhere', async () =>
      (await world.of.kataMetalMachines.list({ namespace: 'site' })).every(({ status }) =>
        status?.conditions?.some(({ type, status }) => type === 'NodeJoined' && status === 'True'),
      ),
    )
  })

  it('keeps the Node of a deleted Machine until its host is given back', async () => {
    const host = (await world.of.kataMetalMachines.get('site', 'w-2')).status?.host?.name ?? ''
    const seen: string[] = []
    await world.of.machines.delete('site', 'w-2')
    await eventually('w-2 to be gone', async () => {
      const [machine, infrastructure, node] = await Promise.all([
        world.of.machines.find('site', 'w-2'),
        world.of.kataMetalMachines.find('site', 'w-2'),
        world.of.nodes.find(undefined, 'w-2'),
      ])
      if (infrastructure !== undefined && node === undefined) seen.push('the Node went first')
      if (machine === undefined && node !== undefined) seen.push('the Node was left behind')
      return machine === undefined
    })
    expect(seen).toEqual([])
    expect(await world.of.secrets.find('site', 'w-2-bootstrap')).toBeUndefined()
    expect(history.at(-1)).toBe(`wipe ${host}`)
    expect((await world.of.hosts.get('site', host)).spec.consumerRef).toBeUndefined()
  })

  it('takes a Cluster down: workers, control plane, infrastructure', async () => {
    const order: string[] = []
    await world.of.clusters.delete('site', 'blue')
    await eventually('the Cluster to be gone', async () => {
      const alive = new Set((await machines()).map(({ metadata }) => metadata.name))
      const infrastructure = await world.of.kataMetalClusters.find('site', 'blue')
      for (const name of ['w-1', 'cp-1']) if (!alive.has(name) && !order.includes(name)) order.push(name)
      if (infrastructure === undefined && !order.includes('infrastructure')) order.push('infrastructure')
      return (await world.of.clusters.find('site', 'blue')) === undefined
    })
    expect(order).toEqual(['w-1', 'cp-1', 'infrastructure'])
    expect(await world.of.nodes.list()).toEqual([])
    expect(await world.of.secrets.list({ namespace: 'site' })).toEqual([])
    const hosts = await world.of.hosts.list({ namespace: 'site' })
    expect(hosts.every(({ spec, status }) => spec.consumerRef === undefined && status?.state === 'Available')).toBe(
      true,
    )
  })
})
