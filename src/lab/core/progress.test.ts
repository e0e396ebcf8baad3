import { parse } from 'yaml'
import { describe, expect, it } from 'vitest'
import { clusterObject, condition, machineObject } from '../../../test/support/cluster-api-objects.js'
import type { Node } from '../../kube/resource-types.js'
import { bootstrapSecret, kubeconfigSecret } from './bootstrap.js'
import { mayBootstrap, mirroredReady, nodeOf, phaseOf } from './progress.js'

const controlPlane = (name: string) =>
  machineObject({ metadata: { labels: { 'cluster.x-k8s.io/control-plane': '' } } }, name)
const cluster = (initialization: object) => clusterObject({ status: { initialization } })
const text = (base64: string | undefined) => Buffer.from(base64 ?? '', 'base64').toString('utf8')

describe('who may have bootstrap data', () => {
  const [first, second, worker] = [controlPlane('cp-1'), controlPlane('cp-2'), machineObject({}, 'w-1')]
  const all = [worker, second, first]

  it.each([
    ['nobody before the infrastructure is there', {}, []],
    ['the first of the control plane after that', { infrastructureProvisioned: true }, [first]],
    ['everybody once it runs', { infrastructureProvisioned: true, controlPlaneInitialized: true }, all],
  ])('is %s', (_title, initialization, wanted) => {
    expect(all.filter(machine => mayBootstrap(machine, cluster(initialization), all))).toEqual(wanted)
  })
})

describe('the phase of a Machine', () => {
  it.each([
    ['Pending', { bootstrapped: false, provisioned: false, joined: false }],
    ['Provisioning', { bootstrapped: true, provisioned: false, joined: false }],
    ['Provisioned', { bootstrapped: true, provisioned: true, joined: false }],
    ['Running', { bootstrapped: true, provisioned: true, joined: true }],
  ])('is %s after its milestones', (phase, milestones) => {
    expect(phaseOf(milestones)).toBe(phase)
  })
})

describe('the Node of a Machine', () => {
  const node = (name: string, providerID?: string): Node => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: providerID === undefined ? {} : { providerID },
  })

  it('is the one with its providerID, and an error when there are two', () => {
    const nodes = [node('a', 'x'), node('b'), node('c', 'y'), node('d', 'y')]
    expect(nodeOf('x', nodes)).toMatchObject({ metadata: { name: 'a' } })
    expect(nodeOf('z', nodes)).toBeUndefined()
    expect(nodeOf(undefined, nodes)).toBeUndefined()
    expect(nodeOf('y', nodes)).toBe('ambiguous')
  })
})

describe('the condition InfrastructureReady', () => {
  it('mirrors Ready, and is Unknown before there is one', () => {
    expect(mirroredReady([condition('Ready', 'False', 'NoHostAvailable', 'No.')])).toEqual({
      type: 'InfrastructureReady',
      status: 'False',
      reason: 'NoHostAvailable',
      message: 'No.',
    })
    expect(mirroredReady(undefined)).toMatchObject({ status: 'Unknown', reason: 'NotYetReported' })
  })
})

describe('the Secrets that the stand-in writes', () => {
  const join = { server: 'https://127.0.0.1:6443', ca: 'PEM of the CA', token: 'join-token' }

  it('hold cloud-config that a simulated server can join with, in the shape of a bootstrap provider', () => {
    const secret = bootstrapSecret(machineObject({}, 'w-1'), 'blue', join)
    expect(secret.metadata).toMatchObject({
      name: 'w-1-bootstrap',
      labels: { 'cluster.x-k8s.io/cluster-name': 'blue' },
      ownerReferences: [{ kind: 'Machine', name: 'w-1', uid: 'uid-w-1' }],
    })
    expect(text(secret.data?.['format'])).toBe('cloud-config')
    const userData = text(secret.data?.['value'])
    expect(userData.startsWith('#cloud-config\n')).toBe(true)
    const { katametal_lab_join } = parse(userData) as { katametal_lab_join: Record<string, string> }
    expect(katametal_lab_join).toEqual({
      server: join.server,
      caData: Buffer.from(join.ca).toString('base64'),
      token: join.token,
      nodeName: 'w-1',
    })
  })

  it('hold the kubeconfig under the name and key of the contract', () => {
    const secret = kubeconfigSecret({ name: 'blue', namespace: 'site' }, 'apiVersion: v1')
    expect(secret).toMatchObject({
      type: 'cluster.x-k8s.io/secret',
      metadata: { name: 'blue-kubeconfig', namespace: 'site' },
    })
    expect(text(secret.data?.['value'])).toBe('apiVersion: v1')
  })
})
