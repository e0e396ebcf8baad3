import { describe, expect, it } from 'vitest'
import { clusterFinalizer } from '../../../api/infrastructure/group.js'
import { conditionSchema } from '../../../api/meta.js'
import { clusterObject, hostObject, kataMetalClusterObject } from '../../../test/support/cluster-api-objects.js'
import { type ClusterFacts, decideCluster, endpointOf } from './decide.js'
import { failureDomainsOf } from './failure-domains.js'
import { clusterStatusPatch, notReadyWhileDeleting, readyFor } from './status.js'

const finalizers = [clusterFinalizer]
const endpoint = { host: '192.0.2.1', port: 6443 }
const facts = (overrides: Partial<ClusterFacts> = {}): ClusterFacts => ({
  object: kataMetalClusterObject({ metadata: { finalizers } }),
  cluster: clusterObject(),
  machines: [],
  ...overrides,
})
const deleted = { finalizers, deletionTimestamp: '2026-01-01T00:00:00Z' }

describe('deciding about a KataMetalCluster', () => {
  it('does nothing before it has an owner that is in sight', () => {
    const ownerless = kataMetalClusterObject({ metadata: { ownerReferences: [] } })
    expect(decideCluster(facts({ object: ownerless }))).toEqual({ act: 'Ignore' })
    expect(decideCluster(facts({ cluster: undefined }))).toEqual({ act: 'Ignore' })
  })

  it('keeps its hands off what somebody else manages, in life and in death', () => {
    const annotations = { 'cluster.x-k8s.io/managed-by': '' }
    for (const metadata of [{ annotations }, { annotations, ...deleted }])
      expect(decideCluster(facts({ object: kataMetalClusterObject({ metadata }) }))).toEqual({ act: 'Ignore' })
  })

  it('only reports that it is paused, new, settled or being deleted', () => {
    const annotations = { 'cluster.x-k8s.io/paused': '' }
    for (const metadata of [{ annotations }, { annotations, finalizers }, { annotations, ...deleted }])
      expect(decideCluster(facts({ object: kataMetalClusterObject({ metadata }) }))).toEqual({ act: 'ReportPaused' })
    expect(decideCluster(facts({ cluster: clusterObject({ spec: { paused: true } }) }))).toEqual({
      act: 'ReportPaused',
    })
  })

  it('puts the finalizer on first', () => {
    expect(decideCluster(facts({ object: kataMetalClusterObject() }))).toEqual({ act: 'AddFinalizer' })
  })

  it('stays until the last of its machines is gone', () => {
    const object = kataMetalClusterObject({ metadata: deleted })
    expect(decideCluster(facts({ object, machines: ['blue-1'] }))).toEqual({
      act: 'AwaitMachines',
      machines: ['blue-1'],
    })
    expect(decideCluster(facts({ object }))).toEqual({ act: 'RemoveFinalizer' })
    expect(decideCluster(facts({ object, cluster: undefined }))).toEqual({ act: 'RemoveFinalizer' })
  })

  it('does not wait for machines when it only moved away', () => {
    const object = kataMetalClusterObject({
      metadata: { ...deleted, annotations: { 'clusterctl.cluster.x-k8s.io/delete-for-move': '' } },
    })
    expect(decideCluster(facts({ object, machines: ['blue-1'] }))).toEqual({ act: 'RemoveFinalizer' })
  })

  it('does nothing more once its finalizer is off', () => {
    const object = kataMetalClusterObject({ metadata: { ...deleted, finalizers: ['other'] } })
    expect(decideCluster(facts({ object }))).toEqual({ act: 'Ignore' })
  })
})

describe('the control plane endpoint', () => {
  const ours = (controlPlaneEndpoint: object) =>
    kataMetalClusterObject({ spec: { failureDomainLabel: 'zone', controlPlaneEndpoint } })

  it.each([
    ['ours when it is complete', ours({ host: 'a', port: 1 }), clusterObject(), { host: 'a', port: 1 }],
    ['that of the Cluster when ours lacks the port', ours({ host: 'a' }), clusterObject(), endpoint],
    ['that of the Cluster when we have none', kataMetalClusterObject(), clusterObject(), endpoint],
    [
      'nothing when the one of the Cluster is empty',
      kataMetalClusterObject(),
      clusterObject({ spec: { controlPlaneEndpoint: { host: '', port: 0 } } }),
      undefined,
    ],
    ['nothing when nobody gave one', kataMetalClusterObject(), clusterObject({ spec: {} }), undefined],
  ])('is %s', (_title, object, cluster, wanted) => {
    expect(endpointOf(object, cluster)).toEqual(wanted)
  })
})

describe('failure domains', () => {
  const labelled = (name: string, value: string, metadata = {}) =>
    hostObject(name, { metadata: { labels: { rack: value }, ...metadata } })

  it('are the values of the label, sorted, each once, all good for a control plane', () => {
    const hosts = [labelled('a', 'r2'), labelled('b', 'r1'), labelled('c', 'r2'), hostObject('d'), labelled('e', '')]
    expect(failureDomainsOf(hosts, 'rack')).toEqual([
      { name: 'r1', controlPlane: true },
      { name: 'r2', controlPlane: true },
    ])
    expect(failureDomainsOf(hosts, 'row')).toEqual([])
  })

  it('end with the last host that is there to stay', () => {
    expect(failureDomainsOf([labelled('a', 'r1', { deletionTimestamp: '2026-01-01T00:00:00Z' })], 'rack')).toEqual([])
  })

  it('are no more than the schema takes', () => {
    const hosts = Array.from({ length: 120 }, (_, index) => labelled(`h${index}`, `r${index}`))
    expect(failureDomainsOf(hosts, 'rack')).toHaveLength(100)
  })
})

describe('the status of a KataMetalCluster', () => {
  const now = Date.UTC(2026, 0, 1)
  const object = kataMetalClusterObject({ metadata: { generation: 2, resourceVersion: '9' } })
  const patch = (of = object, findings: Parameters<typeof clusterStatusPatch>[2] = {}, at = now) =>
    clusterStatusPatch(of, clusterObject(), findings, at) as {
      metadata: object
      status: NonNullable<typeof object.status>
    }

  it('says in valid conditions what is missing and what to do', () => {
    for (const ready of [readyFor(undefined), readyFor(endpoint), notReadyWhileDeleting(['a'])])
      conditionSchema.parse({ ...ready, lastTransitionTime: '2026-01-01T00:00:00Z' })
    expect(readyFor(undefined)).toMatchObject({ status: 'False', reason: 'ControlPlaneEndpointMissing' })
    expect(readyFor(undefined).message).toContain('spec.controlPlaneEndpoint')
    expect(notReadyWhileDeleting(['a', 'b', 'c', 'd', 'e', 'f', 'g']).message).toBe(
      '7 KataMetalMachines must be gone first: a, b, c, d, e and 2 more.',
    )
  })

  it('is bound to the version it was decided on and written once only', () => {
    const findings = { ready: readyFor(endpoint), provisioned: true as const, failureDomains: [] }
    const first = patch(object, findings)
    expect(first).toMatchObject({
      metadata: { resourceVersion: '9' },
      status: { initialization: { provisioned: true }, failureDomains: [] },
    })
    expect(first.status.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Ready=True',
      'Paused=False',
    ])
    expect(patch({ ...object, status: first.status }, findings, now + 60_000)).toBeUndefined()
  })

  it('keeps provisioned when the endpoint is taken away again', () => {
    const provisioned = { ...object, status: { initialization: { provisioned: true } } }
    expect(patch(provisioned, { ready: readyFor(undefined) }).status.initialization).toEqual({ provisioned: true })
  })

  it('writes nothing but Paused while paused', () => {
    const paused = kataMetalClusterObject({ metadata: { annotations: { 'cluster.x-k8s.io/paused': '' } } })
    expect(patch(paused).status.conditions).toMatchObject([{ type: 'Paused', status: 'True', reason: 'Paused' }])
  })
})
