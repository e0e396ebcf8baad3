import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Cluster } from '../../../api/cluster-api.js'
import { clusterObject } from '../../../test/support/cluster-api-objects.js'
import { aWhile, eventually, startWorld, type World } from '../../../test/support/cluster-api-world.js'
import { ManualClock } from '../../../test/support/manual-clock.js'
import { systemClock } from '../../base/clock.js'
import { silentLogger } from '../../base/log.js'
import { directApiAccess } from '../../kube/api-access.js'
import { createKubeClient } from '../../kube/client.js'
import { createInformer } from '../../kube/informer.js'
import { clusters, type Node, nodes } from '../../kube/resource-types.js'
import type { KubeClient } from '../../kube/types.js'
import { type ApiServer, startApiServer } from '../../lab/apiserver/api-server.js'
import { createWorkloadClusters, type WorkloadClusters } from './workload-clusters.js'

let world: World
let workload: ApiServer
let inside: KubeClient
let tested: WorkloadClusters
let seen: string[]
let unidentified: string[]
let clock: ManualClock
let end: AbortController

const admin = { name: 'admin', groups: ['system:masters'] }
const providerID = 'katametal://site/h1'
const cluster = 'site/blue'

beforeAll(async () => {
  world = await startWorld()
  workload = await startApiServer({ clock: systemClock, rbac: false })
  inside = createKubeClient(
    directApiAccess({ server: workload.url, ca: workload.ca, token: workload.addToken(admin) }),
    { clock: systemClock },
  )
})
afterAll(async () => {
  await inside.close()
  await workload.stop()
  await world.stop()
})

beforeEach(async () => {
  clock = new ManualClock()
  end = new AbortController()
  seen = []
  unidentified = []
  await world.create(world.of.clusters, clusterObject())
  const informer = createInformer<Cluster>(world.client, clusters, { clock: systemClock, log: silentLogger })
  void informer.run(end.signal)
  await informer.synced()
  tested = createWorkloadClusters({
    client: world.client,
    clusters: informer,
    clock,
    log: silentLogger,
    onNodeChange: host => seen.push(host),
  })
  tested.onUnidentifiedNode((of, name) => unidentified.push(`${of} ${name}`))
})
afterEach(async () => {
  await tested.close()
  end.abort()
  for (const { metadata } of await inside.resource<Node>(nodes).list())
    await inside.resource(nodes).delete(undefined, metadata.name)
  await world.reset()
})

const publishKubeconfig = (contents = workload.kubeconfig(admin)) =>
  world.of.secrets.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'blue-kubeconfig', namespace: 'site' },
    data: { value: Buffer.from(contents).toString('base64') },
  })
const addNode = (name: string, spec: Node['spec'] = {}) =>
  inside.resource<Node>(nodes).create({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec })
const node = (name: string) => inside.resource<Node>(nodes).get(undefined, name)
const known = () => eventually('the Nodes of the workload cluster', () => tested.nodes(cluster))

describe('workload clusters', () => {
  it('are looked at from the first question on, and tell which host a Node belongs to', async () => {
    await publishKubeconfig()
    await addNode('blue-1', { providerID })
    expect(tested.findNode(cluster, providerID)).toBeUndefined()
    await known()
    expect(tested.findNode(cluster, providerID)?.metadata.name).toBe('blue-1')
    expect(tested.findNode(cluster, 'katametal://site/h2')).toBeUndefined()
    expect(seen).toContain('site/h1')

    seen.length = 0
    await inside.resource(nodes).delete(undefined, 'blue-1')
    await eventually('the Node to be gone', () => tested.findNode(cluster, providerID) === undefined)
    expect(seen).toEqual(['site/h1'])
  })

  it('are opened as soon as a kubeconfig appears', async () => {
    expect(tested.nodes(cluster)).toBeUndefined()
    await aWhile()
    await publishKubeconfig()
    await eventually('the Nodes after the next look', async () => {
      await clock.advance(2_000)
      return tested.nodes(cluster)
    })
  })

  it('are opened again with a renewed kubeconfig', async () => {
    await publishKubeconfig(workload.kubeconfig(admin).replace(workload.url, 'https://127.0.0.1:1'))
    expect(tested.nodes(cluster)).toBeUndefined()
    await aWhile()
    expect(tested.nodes(cluster)).toBeUndefined()
    await world.of.secrets.mergePatch('site', 'blue-kubeconfig', {
      data: { value: Buffer.from(workload.kubeconfig(admin)).toString('base64') },
    })
    await eventually('the Nodes after the next look', async () => {
      await clock.advance(30_000)
      return tested.nodes(cluster)
    })
  })

  it.each(['not: [a kubeconfig', 'apiVersion: v1\nkind: Config\nclusters: []'])(
    'are not harmed by a Secret that is no kubeconfig',
    async contents => {
      await publishKubeconfig(contents)
      expect(tested.nodes(cluster)).toBeUndefined()
      await aWhile()
      expect(tested.nodes(cluster)).toBeUndefined()
    },
  )

  it('are left alone when there is no such Cluster, and when it goes', async () => {
    await publishKubeconfig()
    expect(tested.nodes('site/green')).toBeUndefined()
    await known()
    await world.of.clusters.delete('site', 'blue')
    await eventually('the connection to end', () => tested.nodes(cluster) === undefined)
  })

  describe('give a Node its providerID', () => {
    const give = (nodeName = 'blue-1') =>
      tested.giveProviderID(cluster, { nodeName, providerID }, new AbortController().signal)

    it('when it came without one, and tell that it is there', async () => {
      await publishKubeconfig()
      await give()
      await known()
      await addNode('blue-1')
      await eventually('the Node to be told', () => unidentified.includes('site/blue blue-1'))
      await give()
      expect((await node('blue-1')).spec?.providerID).toBe(providerID)
    })

    it('but never take one away that it has, nor give one ID to two Nodes', async () => {
      await publishKubeconfig()
      await addNode('blue-1', { providerID: 'other://x' })
      await known()
      await give()
      expect((await node('blue-1')).spec?.providerID).toBe('other://x')

      await addNode('blue-2', { providerID })
      await addNode('blue-3')
      await eventually('both Nodes', () => tested.nodes(cluster)?.list().length === 3)
      await give('blue-3')
      expect((await node('blue-3')).spec?.providerID).toBeUndefined()
    })
  })
})
