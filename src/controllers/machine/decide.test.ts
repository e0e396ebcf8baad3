import { describe, expect, it } from 'vitest'
import {
  clusterObject,
  hostObject,
  kataMetalMachineObject,
  machineObject,
  ownerReference,
} from '../../../test/support/cluster-api-objects.js'
import { consumerRefOf } from './consumer.js'
import { decide, type MachineFacts } from './decide.js'
import { restsOnAbsence } from './observe.js'

const facts = (overrides: Partial<MachineFacts> = {}): MachineFacts => ({
  object: kataMetalMachineObject(),
  owner: machineObject(),
  cluster: clusterObject(),
  hosts: [],
  ...overrides,
})

const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z' }
const providerID = 'katametal://site/h1'
const ours = (name = 'h1', status = {}) =>
  hostObject(name, { spec: { consumerRef: consumerRefOf(kataMetalMachineObject()) }, status })
const recorded = (extra = {}) =>
  kataMetalMachineObject({ status: { host: { name: 'h1', namespace: 'site' } }, ...extra })

describe('deciding about a KataMetalMachine', () => {
  describe('before anything may be written', () => {
    it.each<[string, Partial<MachineFacts>]>([
      [
        'it has no owner yet',
        { object: kataMetalMachineObject({ metadata: { ownerReferences: [], finalizers: [] } }) },
      ],
      [
        'its owner is a MachineSet for the moment',
        {
          object: kataMetalMachineObject({
            metadata: {
              finalizers: [],
              ownerReferences: [{ ...ownerReference('Machine', 'blue'), kind: 'MachineSet' }],
            },
          }),
        },
      ],
      [
        'its owner is a Machine of some other group',
        {
          object: kataMetalMachineObject({
            metadata: { ownerReferences: [{ ...ownerReference('Machine', 'blue-1'), apiVersion: 'example.com/v1' }] },
          }),
        },
      ],
      ['the Machine is not in sight', { owner: undefined }],
      ['the Cluster is not in sight', { cluster: undefined }],
    ])('ignores it while %s', (_title, overrides) => {
      expect(decide(facts(overrides))).toEqual({ act: 'Ignore' })
    })

    it('accepts an owner that is not the controller, in any version', () => {
      const reference = { ...ownerReference('Machine', 'blue-1', false), apiVersion: 'cluster.x-k8s.io/v1beta1' }
      const object = kataMetalMachineObject({ metadata: { ownerReferences: [reference] } })
      expect(decide(facts({ object })).act).toBe('Claim')
    })
  })

  describe('while paused', () => {
    const paused = { annotations: { 'cluster.x-k8s.io/paused': 'false' } }

    it.each<[string, Partial<MachineFacts>]>([
      ['new', { object: kataMetalMachineObject({ metadata: { ...paused, finalizers: [] } }) }],
      ['claimed', { object: recorded({ metadata: paused }), hosts: [ours()] }],
      ['being deleted', { object: kataMetalMachineObject({ metadata: { ...paused, ...deleted } }), hosts: [ours()] }],
      ['of a paused Cluster', { cluster: clusterObject({ spec: { paused: true } }) }],
    ])('only reports it when it is %s', (_title, overrides) => {
      expect(decide(facts(overrides))).toEqual({ act: 'ReportPaused' })
    })
  })

  it('puts the finalizer on before anything else, alone', () => {
    expect(decide(facts({ object: kataMetalMachineObject({ metadata: { finalizers: [] } }) }))).toEqual({
      act: 'AddFinalizer',
    })
  })

  describe('before it may claim', () => {
    it('waits for the infrastructure of the Cluster first', () => {
      const cluster = clusterObject({ status: { initialization: { controlPlaneInitialized: true } } })
      expect(decide(facts({ cluster }))).toEqual({ act: 'Wait', gate: 'WaitingForClusterInfrastructure' })
      expect(decide(facts({ cluster: clusterObject({ status: {} }) })).act).toBe('Wait')
    })

    const early = clusterObject({ status: { initialization: { infrastructureProvisioned: true } } })
    const noData = { spec: { clusterName: 'blue', bootstrap: {} } }

    it('tells a worker that waits for the control plane from one that waits for its bootstrap data', () => {
      const owner = machineObject(noData)
      expect(decide(facts({ owner, cluster: early }))).toEqual({
        act: 'Wait',
        gate: 'WaitingForControlPlaneInitialized',
      })
      expect(decide(facts({ owner }))).toEqual({ act: 'Wait', gate: 'WaitingForBootstrapData' })
    })

    it('does not let a control plane Machine wait for itself', () => {
      const owner = machineObject({ ...noData, metadata: { labels: { 'cluster.x-k8s.io/control-plane': '' } } })
      expect(decide(facts({ owner, cluster: early }))).toEqual({ act: 'Wait', gate: 'WaitingForBootstrapData' })
    })

    it('claims with bootstrap data that the user provided, whatever the control plane', () => {
      expect(decide(facts({ cluster: early }))).toEqual({ act: 'Claim', dataSecretName: 'blue-1-bootstrap' })
    })
  })

  describe('with a host', () => {
    it('follows the host that is recorded', () => {
      const host = ours()
      expect(decide(facts({ object: recorded(), hosts: [host] }))).toEqual({ act: 'Follow', host, surplus: [] })
    })

    it('finds a claim again that was not recorded, and does not claim a second host', () => {
      const host = ours()
      expect(decide(facts({ hosts: [host] }))).toEqual({ act: 'Follow', host, surplus: [] })
    })

    it('keeps the recorded one of several claims and gives the others back', () => {
      const [first, second] = [ours('h0'), ours('h1')]
      expect(decide(facts({ object: recorded(), hosts: [first, second] }))).toEqual({
        act: 'Follow',
        host: second,
        surplus: [first],
      })
      expect(decide(facts({ hosts: [second, first] }))).toEqual({ act: 'Follow', host: first, surplus: [second] })
    })

    it('does not take the claim of an earlier machine of the same name for its own', () => {
      const host = hostObject('h1', { spec: { consumerRef: { ...consumerRefOf(recorded()), uid: 'earlier' } } })
      expect(decide(facts({ hosts: [host] }))).toEqual({ act: 'Claim', dataSecretName: 'blue-1-bootstrap' })
      expect(decide(facts({ object: recorded(), hosts: [host] }))).toEqual({
        act: 'ReportLost',
        hostName: 'h1',
        loss: 'ClaimedByOther',
      })
    })

    it('goes on following although a gate closed behind it', () => {
      const host = ours()
      const cluster = clusterObject({ status: {} })
      expect(decide(facts({ object: recorded(), hosts: [host], cluster })).act).toBe('Follow')
    })

    it('adopts its host after a move, which changes uids and drops status', () => {
      const host = hostObject('h1', { spec: { consumerRef: { ...consumerRefOf(recorded()), uid: 'on-the-source' } } })
      const object = kataMetalMachineObject({ spec: { providerID } })
      expect(decide(facts({ object, hosts: [host] }))).toEqual({ act: 'Adopt', host })
    })

    it('adopts a running host whose consumerRef was lost, but no other', () => {
      const object = kataMetalMachineObject({ spec: { providerID } })
      const running = hostObject('h1', { status: { state: 'InService' } })
      expect(decide(facts({ object, hosts: [running] }))).toEqual({ act: 'Adopt', host: running })
      expect(decide(facts({ object, hosts: [hostObject('h1')] }))).toEqual({
        act: 'ReportLost',
        hostName: 'h1',
        loss: 'NotClaimed',
      })
    })

    it.each([
      ['recorded in status', recorded()],
      ['named by the providerID', kataMetalMachineObject({ spec: { providerID } })],
    ])('reports a host as lost that was %s and is gone, and never claims another one', (_title, object) => {
      expect(decide(facts({ object }))).toEqual({ act: 'ReportLost', hostName: 'h1', loss: 'Gone' })
    })

    it('believes the providerID rather than the status', () => {
      const object = recorded({ spec: { providerID: 'katametal://site/h2' } })
      expect(decide(facts({ object, hosts: [ours('h1'), ours('h2')] }))).toMatchObject({
        act: 'Follow',
        host: { metadata: { name: 'h2' } },
        surplus: [{ metadata: { name: 'h1' } }],
      })
    })
  })

  describe('while it is being deleted', () => {
    const object = recorded({ metadata: deleted })

    it('gives every host back that it holds before it lets go', () => {
      const hosts = [ours('h1'), ours('h2')]
      expect(decide(facts({ object, hosts }))).toEqual({ act: 'Release', hosts, force: false })
    })

    it.each<[string, Partial<MachineFacts>]>([
      ['the Machine', { owner: undefined }],
      ['the Cluster', { cluster: undefined }],
      ['both', { owner: undefined, cluster: undefined }],
      ['the infrastructure of the Cluster', { cluster: clusterObject({ status: {} }) }],
    ])('gives its host back although %s is gone', (_title, overrides) => {
      expect(decide(facts({ object, hosts: [ours()], ...overrides })).act).toBe('Release')
    })

    it('lets go at once when it never had a host, or the host is gone or of somebody else', () => {
      const foreign = hostObject('h1', { spec: { consumerRef: { ...consumerRefOf(object), uid: 'another' } } })
      for (const hosts of [[], [hostObject('h1')], [foreign]])
        expect(decide(facts({ object, hosts }))).toEqual({ act: 'RemoveFinalizer' })
    })

    it('gives the host up by force when the annotation says so', () => {
      const annotations = { 'infrastructure.cluster.x-k8s.io/force-release': '' }
      const forced = recorded({ metadata: { ...deleted, annotations } })
      expect(decide(facts({ object: forced, hosts: [ours()] }))).toMatchObject({ act: 'Release', force: true })
    })

    it('leaves the host alone when it is deleted because it moved to another management cluster', () => {
      const annotations = { 'clusterctl.cluster.x-k8s.io/delete-for-move': '' }
      const moved = recorded({ metadata: { ...deleted, annotations } })
      expect(decide(facts({ object: moved, hosts: [ours()], cluster: undefined }))).toEqual({ act: 'RemoveFinalizer' })
    })

    it('does nothing more once its finalizer is off', () => {
      const ending = recorded({ metadata: { ...deleted, finalizers: ['somebody.else/finalizer'] } })
      expect(decide(facts({ object: ending, hosts: [ours()] }))).toEqual({ act: 'Ignore' })
    })
  })

  it('names the decisions that a stale cache would make wrong', () => {
    expect(restsOnAbsence({ act: 'Claim', dataSecretName: 'boot' })).toBe(true)
    expect(restsOnAbsence({ act: 'RemoveFinalizer' })).toBe(true)
    expect(restsOnAbsence({ act: 'ReportLost', hostName: 'h1', loss: 'Gone' })).toBe(true)
    expect(restsOnAbsence({ act: 'Follow', host: ours(), surplus: [] })).toBe(false)
  })
})
