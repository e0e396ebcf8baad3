import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Machine } from '../../../api/cluster-api.js'
import { remediationFinalizer, remediationTriesAnnotation } from '../../../api/infrastructure/group.js'
import type { KataMetalRemediation, RemediationPhase } from '../../../api/infrastructure/kata-metal-remediation.js'
import type { Condition, ObjectMeta } from '../../../api/meta.js'
import { hostAnnotations } from '../../../api/metal/group.js'
import {
  clusterObject,
  condition,
  hostObject,
  kataMetalMachineObject,
  machineObject,
  ownerReference,
} from '../../../test/support/cluster-api-objects.js'
import { aWhile, eventually, startWorld, type World } from '../../../test/support/cluster-api-world.js'
import { ManualClock } from '../../../test/support/manual-clock.js'
import { findCondition } from '../../kube/conditions.js'
import { consumerRefOf } from '../machine/consumer.js'
import { outOfServiceTaint } from './node-fence.js'

let world: World
let clock: ManualClock

beforeAll(async () => {
  world = await startWorld()
})
beforeEach(() => {
  clock = new ManualClock(Date.now())
})
afterEach(() => world.reset())
afterAll(() => world.stop())

const unhealthy = condition('HealthCheckSucceeded', 'False', 'UnhealthyNode')
const healthy = condition('HealthCheckSucceeded', 'True', 'HealthCheckSucceeded')
const waiting = condition('ExternallyRemediated', 'False', 'WaitingForRemediation')

/** A Machine on a host in service, with a Node in the cluster's API server (which is the same one here). */
const addMachine = async (name = 'blue-1', hostName = 'h1') => {
  const { metadata } = await world.create(
    world.of.machines,
    machineObject({ status: { nodeRef: { name }, conditions: [unhealthy, waiting] } }, name),
  )
  const ownerReferences = [{ ...ownerReference('Machine', name), uid: metadata.uid ?? '' }]
  const providerID = `katametal://site/${hostName}`
  const machine = await world.create(
    world.of.kataMetalMachines,
    kataMetalMachineObject({ metadata: { ownerReferences }, spec: { providerID, image: { url: 'x' } } }, name),
  )
  await world.create(
    world.of.hosts,
    hostObject(hostName, {
      spec: { consumerRef: consumerRefOf(machine), online: true },
      status: { state: 'InService', poweredOn: true, observedGeneration: 1 },
    }),
  )
  await world.of.nodes.create({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { providerID } })
  await sayNode(name, 'Unknown', 'boot-1')
}
const sayNode = (name: string, ready: 'True' | 'Unknown', bootID: string) =>
  world.of.nodes.mergePatchStatus(undefined, name, {
    status: { conditions: [{ type: 'Ready', status: ready }], nodeInfo: { bootID } },
  })
const addKubeconfig = () =>
  world.of.secrets.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'blue-kubeconfig', namespace: 'site' },
    data: {
      value: Buffer.from(world.api.kubeconfig({ name: 'admin', groups: ['system:masters'] })).toString('base64'),
    },
  })
/** As a MachineHealthCheck makes it. */
const request = async (name = 'blue-1', metadata: Partial<ObjectMeta> = {}, retryLimit = 1) => {
  const { uid = '' } = (await world.of.machines.get('site', name)).metadata
  return world.of.remediations.create({
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
    kind: 'KataMetalRemediation',
    metadata: {
      name,
      namespace: 'site',
      annotations: { 'cluster.x-k8s.io/cloned-from-name': 'reboot' },
      ownerReferences: [{ ...ownerReference('Machine', name, false), uid }],
      ...metadata,
    },
    spec: { strategy: { type: 'Reboot', retryLimit, timeoutSeconds: 600 } },
  })
}

const host = (name = 'h1') => world.of.hosts.get('site', name)
const remediation = (name = 'blue-1') => world.of.remediations.find('site', name)
const taintsOf = async (name = 'blue-1') => (await world.of.nodes.get(undefined, name)).spec?.taints ?? []
const until = (phase: RemediationPhase, name = 'blue-1') =>
  eventually(`the remediation to be ${phase}`, async () => (await remediation(name))?.status?.phase === phase)
const untilOnline = (online: boolean, name = 'h1') =>
  eventually(`online: ${String(online)}`, async () => (await host(name)).spec.online === online)
/** What the host controller would have seen by now. */
const seePower = async (poweredOn: boolean, name = 'h1') => {
  const { generation } = (await host(name)).metadata
  await world.of.hosts.mergePatchStatus('site', name, { status: { poweredOn, observedGeneration: generation } })
}
const say = async (conditions: Condition[], name = 'blue-1') => {
  const known = (await world.of.machines.get('site', name)).status?.conditions ?? []
  const others = known.filter(({ type }) => !conditions.some(said => said.type === type))
  await world.of.machines.mergePatchStatus('site', name, { status: { conditions: [...others, ...conditions] } })
}
const said = async (type: string, name = 'blue-1'): Promise<Condition | undefined> =>
  findCondition<Condition>((await world.of.machines.get('site', name)).status?.conditions, type)
const tries = (object: KataMetalRemediation | undefined) => object?.metadata.annotations?.[remediationTriesAnnotation]
const failTry = async () => {
  await until('PoweringOff')
  await clock.advance(601_000)
}

describe('the remediation controller', () => {
  it('power cycles the server once, fences its Node meanwhile, and says so when the Machine is healthy', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addKubeconfig()
    await addMachine()
    await world.of.nodes.mergePatch(undefined, 'blue-1', {
      spec: { taints: [{ key: 'tenant', value: 'a', effect: 'NoSchedule' }] },
    })
    await request()
    await world.startControllers(clock)

    await until('PoweringOff')
    await untilOnline(false)
    expect((await host()).metadata.annotations).toHaveProperty([hostAnnotations.cutPower])
    expect(tries(await remediation())).toBe('1')
    expect(await taintsOf()).toHaveLength(1)

    await seePower(false)
    await until('PoweringOn')
    expect(await taintsOf()).toContainEqual(outOfServiceTaint)
    await untilOnline(true)
    expect((await host()).metadata.annotations ?? {}).not.toHaveProperty([hostAnnotations.cutPower])
    expect((await remediation())?.status).toMatchObject({ fencedBootID: 'boot-1', retryCount: 0 })

    await seePower(true)
    await until('Verifying')
    await sayNode('blue-1', 'True', 'boot-1')
    await aWhile()
    expect(await taintsOf()).toContainEqual(outOfServiceTaint)
    await sayNode('blue-1', 'True', 'boot-2')
    await eventually('the fence to be down', async () => (await taintsOf()).length === 1)
    expect(await taintsOf()).toEqual([{ key: 'tenant', value: 'a', effect: 'NoSchedule' }])

    await say([healthy])
    await until('Succeeded')
    expect(findCondition((await remediation())?.status?.conditions, 'Succeeded')).toMatchObject({
      status: 'True',
      reason: 'Succeeded',
    })
    expect(await said('ExternallyRemediated')).toMatchObject({ status: 'True', reason: 'Remediated' })
    expect(await said('OwnerRemediated')).toBeUndefined()
    const told = world.events.map(({ reason }) => reason)
    expect(told.filter(reason => reason !== 'Provisioned')).toEqual([
      'PowerOff',
      'Fenced',
      'PowerOn',
      'Unfenced',
      'Succeeded',
    ])

    await world.of.remediations.delete('site', 'blue-1')
    await eventually('the request to be gone', async () => (await remediation()) === undefined)
    expect((await host()).spec.online).toBe(true)
  })

  it('hands the Machine back to its owner when the last try has failed', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addMachine()
    await request('blue-1', {}, 1)
    await world.startControllers(clock)
    await failTry()
    await eventually('the second try', async () => tries(await remediation()) === '2')
    await clock.advance(601_000)
    await until('GivenUp')
    await eventually('the owner to be asked', async () => (await said('OwnerRemediated'))?.status === 'False')
    expect(await said('OwnerRemediated')).toMatchObject({ reason: 'WaitingForRemediation' })
    expect(await said('ExternallyRemediated')).toMatchObject({ status: 'False', reason: 'RemediationGivenUp' })
    expect(await said('HealthCheckSucceeded')).toMatchObject({ status: 'False' })
    expect((await remediation())?.status?.retryCount).toBe(1)
  })

  it('remediates two Machines that fail together', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addMachine('blue-1', 'h1')
    await addMachine('blue-2', 'h2')
    await request('blue-1')
    await request('blue-2')
    await world.startControllers(clock)
    await Promise.all([untilOnline(false, 'h1'), untilOnline(false, 'h2')])
  })

  it('does nothing before the health check calls the Machine unhealthy', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addMachine()
    await say([healthy])
    await request()
    await world.startControllers(clock)
    await until('Waiting')
    await aWhile()
    expect((await host()).spec.online).toBe(true)
    await say([unhealthy])
    await untilOnline(false)
  })

  it('does nothing while paused but say so', async () => {
    await world.create(world.of.clusters, clusterObject({ spec: { ...clusterObject().spec, paused: true } }))
    await addMachine()
    await request()
    await world.startControllers(clock)
    await eventually('Paused', async () => {
      const object = await remediation()
      return findCondition(object?.status?.conditions, 'Paused')?.status === 'True'
    })
    await aWhile()
    expect((await remediation())?.metadata.finalizers ?? []).toEqual([])
    expect((await host()).spec.online).toBe(true)
    await world.of.clusters.mergePatch('site', 'blue', { spec: { paused: false } })
    await untilOnline(false)
  })

  it('asks the owner at once when the Machine holds no host', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addMachine()
    await world.of.hosts.mergePatch('site', 'h1', { spec: { consumerRef: { name: 'somebody', uid: null } } })
    await request()
    await world.startControllers(clock)
    await until('GivenUp')
  })

  it('puts power and Node back when somebody takes the request away in between', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addKubeconfig()
    await addMachine()
    await request()
    await world.startControllers(clock)
    await untilOnline(false)
    await seePower(false)
    await until('PoweringOn')
    await world.of.remediations.delete('site', 'blue-1')
    await eventually('the request to be gone', async () => (await remediation()) === undefined)
    expect((await host()).spec.online).toBe(true)
    expect(await taintsOf()).toEqual([])
  })

  it('goes with its Machine without powering anything on', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addMachine()
    await request()
    await world.startControllers(clock)
    await untilOnline(false)
    await world.of.machines.mergePatch('site', 'blue-1', { metadata: { finalizers: ['test/hold'] } })
    await world.of.machines.delete('site', 'blue-1')
    await world.of.remediations.delete('site', 'blue-1')
    await eventually('the request to be gone', async () => (await remediation()) === undefined)
    expect((await host()).spec.online).toBe(false)
  })

  it('power cycles nothing again after a move, which drops status', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addMachine()
    await request('blue-1', {
      annotations: { 'cluster.x-k8s.io/cloned-from-name': 'reboot', [remediationTriesAnnotation]: '1' },
    })
    await world.startControllers(clock)
    await until('Verifying')
    await aWhile()
    expect((await host()).spec.online).toBe(true)
    expect(tries(await remediation())).toBe('1')
  })

  it('goes on where a manager stopped', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addMachine()
    await request()
    const stop = await world.startControllers(clock)
    await untilOnline(false)
    await stop()
    await seePower(false)
    await world.startControllers(clock)
    // Without a kubeconfig no Node can be fenced: after a minute the server is better off on.
    await until('Fencing')
    await clock.advance(61_000)
    await untilOnline(true)
    expect(tries(await remediation())).toBe('1')
    expect((await remediation())?.metadata.finalizers).toEqual([remediationFinalizer])
  })

  it('writes nothing before a Machine owns it', async () => {
    await world.create(world.of.clusters, clusterObject())
    await addMachine()
    const created = await request('blue-1', { ownerReferences: [] })
    await world.startControllers(clock)
    await aWhile()
    expect((await remediation())?.metadata.resourceVersion).toBe(created.metadata.resourceVersion)
  })
})

describe('a Machine', () => {
  it('keeps what others said of it', async () => {
    const machine: Machine = machineObject({ status: { conditions: [unhealthy, condition('Ready', 'False')] } })
    const { machinePatch } = await import('./status.js')
    const patch = machinePatch(machine, 'OwnerAsked', 0) as { status: { conditions: Condition[] } }
    expect(patch.status.conditions.map(({ type }) => type)).toEqual([
      'HealthCheckSucceeded',
      'Ready',
      'OwnerRemediated',
      'ExternallyRemediated',
    ])
    expect(machinePatch({ ...machine, status: patch.status }, 'OwnerAsked', 1)).toBeUndefined()
  })
})
