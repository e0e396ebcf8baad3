import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kataMetalRemediation, type KataMetalRemediation } from '../api/infrastructure/kata-metal-remediation.js'
import type { Condition } from '../api/meta.js'
import { type Node, nodes, typeOf } from '../src/kube/resource-types.js'
import type { ResourceClient } from '../src/kube/types.js'
import { labNamespace } from '../src/lab/lab.js'
import { type Site, startSite } from './support/site.js'

const machineName = 'edge-control-plane'

/** The whole manager on a simulated server: what the BMC was asked, and what became of the Node. */
describe('A remediation of a running Machine', { timeout: 90_000 }, () => {
  let site: Site
  let name: string
  let remediations: ResourceClient<KataMetalRemediation>
  let nodeClient: ResourceClient<Node>

  beforeAll(async () => {
    site = await startSite({ machines: 1 })
    name = site.names[0] ?? ''
    remediations = site.lab.client.resource<KataMetalRemediation>(typeOf(kataMetalRemediation))
    nodeClient = site.lab.client.resource<Node>(nodes)
    await site.untilPhase(machineName, 'Running')
    await site.untilState(name, 'InService')
  })
  afterAll(() => site.stop())

  const powerRequests = () => site.server(name).bmc.journal.happened.filter(what => /^power (?!is)/.test(what))
  const say = async (status: 'True' | 'False') => {
    const { status: known } = await site.machines.get(labNamespace, machineName)
    const said: Condition = {
      type: 'HealthCheckSucceeded',
      status,
      reason: status === 'True' ? 'HealthCheckSucceeded' : 'UnhealthyNode',
      message: 'As a MachineHealthCheck says it.',
      lastTransitionTime: new Date().toISOString(),
    }
    const others = (known?.conditions ?? []).filter(({ type }) => type !== said.type)
    await site.machines.mergePatchStatus(labNamespace, machineName, { status: { conditions: [...others, said] } })
  }

  it('cuts the power once and brings it back, while the Node is fenced, and wipes nothing', async () => {
    const before = powerRequests().length
    await say('False')
    const { uid = '' } = (await site.machines.get(labNamespace, machineName)).metadata
    await remediations.create({
      apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
      kind: 'KataMetalRemediation',
      metadata: {
        name: machineName,
        namespace: labNamespace,
        annotations: { 'cluster.x-k8s.io/cloned-from-name': 'reboot' },
        ownerReferences: [
          { apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'Machine', name: machineName, uid, controller: false },
        ],
      },
      spec: { strategy: { type: 'Reboot', retryLimit: 0, timeoutSeconds: 600 } },
    })
    const phase = async () => (await remediations.get(labNamespace, machineName)).status?.phase
    await site.until('the verification', async () => (await phase()) === 'Verifying')
    expect(powerRequests().slice(before)).toEqual(['power ForceOff', 'power On'])
    expect((await site.host(name)).spec.online).toBe(true)

    const taints = async () => {
      const { status } = await site.machines.get(labNamespace, machineName)
      return (await nodeClient.get(undefined, status?.nodeRef?.name ?? '')).spec?.taints ?? []
    }
    await site.until('the fence to be down', async () =>
      (await taints()).every(({ key }) => key !== 'node.kubernetes.io/out-of-service'),
    )
    await say('True')
    await site.until('success', async () => (await phase()) === 'Succeeded')
    await remediations.delete(labNamespace, machineName)
    await site.until('the request to be gone', async () => (await remediations.list()).length === 0)
    expect(site.server(name).server.journal.destructive.map(what => what.split(' ')[0])).toEqual(['wrote'])
    expect(powerRequests().slice(before)).toEqual(['power ForceOff', 'power On'])
  })
})
