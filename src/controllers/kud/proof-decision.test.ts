import { describe, expect, it } from 'vitest'
import type { Node, Pod } from '../../kube/resource-types.js'
import { podSeen } from './proof-facts.js'
import { attemptOf, decideProof, proofMs, retryMs, verdictPatch } from './proof-decision.js'
import { proofRecord, proofRecordOf } from './proof-record.js'

const now = Date.parse('2026-01-01T00:10:00Z')
const taint = { key: 'kud.akraino.org/kata-unproven', effect: 'NoSchedule' }
const label = { 'katacontainers.io/kata-runtime': 'true' }

const node = (
  given: {
    ready?: boolean
    labels?: Record<string, string>
    taints?: object[]
    record?: object
    machineID?: string
  } = {},
): Node =>
  ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: 'n1',
      uid: 'u1',
      resourceVersion: '7',
      labels: given.labels ?? {},
      annotations: given.record === undefined ? {} : { 'kud.akraino.org/kata-proof': JSON.stringify(given.record) },
    },
    spec: { taints: given.taints ?? [taint] },
    status: {
      nodeInfo: { machineID: given.machineID ?? 'm1' },
      conditions: [{ type: 'Ready', status: given.ready === false ? 'False' : 'True' }],
    },
  }) as Node

const record = (given: object = {}) => ({
  proven: false,
  reason: 'PodFailed',
  message: 'no',
  time: '2026-01-01T00:09:50Z',
  attempt: 1,
  machineID: 'm1',
  ...given,
})
const pod = (name: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'katametal-proof' },
  spec: { containers: [] },
})

const decide = (given: Partial<Parameters<typeof decideProof>[0]>) =>
  decideProof({ node: node(), joining: true, pods: [], wanted: ['a', 'b'], verdict: undefined, now, ...given })

describe('what is done about the proof of a Node', () => {
  it('a Node that is about to enter service gets the start-up taint, and a label on trust is taken away', () => {
    expect(decide({ node: node({ taints: [], labels: label }) })).toEqual({
      act: 'Mark',
      patch: {
        metadata: { resourceVersion: '7', labels: { 'katacontainers.io/kata-runtime': null } },
        spec: { taints: [taint] },
      },
    })
  })

  it('a Node in service with pods on it gets no taint that it never had, and keeps the one it has', () => {
    expect(decide({ joining: false, node: node({ taints: [] }) }).act).toBe('Create')
    expect(decide({ joining: false, node: node() }).act).toBe('Create')
  })

  it('nothing begins before the Node is Ready: pods would wait for its network', () => {
    expect(decide({ node: node({ ready: false }) })).toEqual({ act: 'Await', forMs: undefined })
  })

  it('pods that are missing are made, also after a crash in between', () => {
    expect(decide({})).toEqual({ act: 'Create', pods: ['a', 'b'] })
    expect(decide({ pods: [pod('a')] })).toEqual({ act: 'Create', pods: ['b'] })
    expect(decide({ pods: [pod('a'), pod('b')] })).toEqual({ act: 'Await', forMs: 30_000 })
  })

  it('pods of an earlier try are deleted first', () => {
    expect(decide({ pods: [pod('old'), pod('a')] })).toEqual({ act: 'Clear', pods: ['old'] })
  })

  it('a verdict is written down', () => {
    const verdict = { proven: true, reason: 'Proven', message: 'yes' }
    expect(decide({ pods: [pod('a'), pod('b')], verdict })).toEqual({ act: 'Conclude', verdict })
  })

  it('a good one sets the label and lifts the taint in one write, and leaves other taints', () => {
    const other = { key: 'node.cluster.x-k8s.io/uninitialized', effect: 'NoSchedule' }
    const tainted = node({ taints: [other, taint] })
    const good = proofRecord(tainted, { proven: true, reason: 'Proven', message: 'yes' }, 1, '2026-01-01T00:10:00Z')
    expect(verdictPatch(tainted, good)).toMatchObject({
      metadata: { resourceVersion: '7', labels: label },
      spec: { taints: [other] },
    })
  })

  it('a bad one keeps the taint, says why, and is tried again after a pause that grows', () => {
    const bad = proofRecord(node(), { proven: false, reason: 'NotInVM', message: 'why' }, 2, '2026-01-01T00:10:00Z')
    expect(verdictPatch(node(), bad)).toMatchObject({
      spec: { taints: [taint] },
      metadata: { labels: { 'katacontainers.io/kata-runtime': null } },
    })
    const judged = node({ record: record() })
    expect(decide({ node: judged })).toEqual({ act: 'Await', forMs: 20_000 })
    expect(decide({ node: judged, pods: [pod('old')] })).toEqual({ act: 'Clear', pods: ['old'] })
    expect(decide({ node: judged, now: now + 20_000 }).act).toBe('Create')
    expect([1, 2, 3, 9].map(retryMs)).toEqual([30_000, 60_000, 120_000, 600_000])
  })

  it('a proven Node is left alone once its pods are gone', () => {
    const proven = node({ labels: label, taints: [], record: record({ proven: true }) })
    expect(decide({ node: proven, pods: [pod('a')] })).toEqual({ act: 'Clear', pods: ['a'] })
    expect(decide({ node: proven })).toEqual({ act: 'Await', forMs: undefined })
  })

  it('a label or a lifted taint that somebody undid is mended', () => {
    expect(decide({ node: node({ record: record({ proven: true }) }) }).act).toBe('Mark')
  })

  it('another installation of the same server is proven anew', () => {
    const before = node({ record: record({ proven: true, attempt: 4 }), machineID: 'm2', labels: label, taints: [] })
    expect(proofRecordOf(before)).toBeUndefined()
    expect(attemptOf(before)).toBe(1)
    expect(decide({ node: before }).act).toBe('Mark')
  })

  it('an annotation that somebody spoilt counts as none', () => {
    const spoilt = node()
    spoilt.metadata.annotations = { 'kud.akraino.org/kata-proof': '{' }
    expect(proofRecordOf(spoilt)).toBeUndefined()
  })
})

describe('a pod of the proof', () => {
  const wanted = { className: 'kata', name: 'a', pod: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } } }
  const seen = (status: object, age = 0): ReturnType<typeof podSeen> =>
    podSeen(
      wanted,
      { ...pod('a'), metadata: { name: 'a', creationTimestamp: new Date(now - age).toISOString() }, status },
      now,
    )

  it('is running before it was made, and while its image is pulled', () => {
    expect(podSeen(wanted, undefined, now).outcome).toBe('running')
    const waiting = { reason: 'ContainerCreating', message: 'no runtime for "kata" is configured' }
    const status = { phase: 'Pending', containerStatuses: [{ name: 'kernel', state: { waiting } }] }
    expect(seen(status).outcome).toBe('running')
    expect(seen(status, proofMs + 1)).toMatchObject({
      outcome: 'failed',
      message: 'it was not done after 600 s, ContainerCreating: no runtime for "kata" is configured',
    })
  })

  it('tells its evidence by its termination message, or why it failed', () => {
    const terminated = { exitCode: 0, message: 'kernel=6.18.35' }
    expect(seen({ phase: 'Succeeded', containerStatuses: [{ name: 'kernel', state: { terminated } }] })).toMatchObject({
      outcome: 'succeeded',
      message: 'kernel=6.18.35',
    })
    expect(seen({ phase: 'Failed', reason: 'Evicted', message: 'disk' })).toMatchObject({
      outcome: 'failed',
      message: 'Evicted: disk',
    })
    expect(seen({ phase: 'Failed' }).message).toBe('it says nothing')
  })
})
