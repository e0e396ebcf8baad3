import type { Clock } from '../../base/clock.js'
import { rfc3339, sleep } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import type { JoinRequest } from './disk.js'
import { HttpsClient } from './https-client.js'

/** Makes or revives the Node of a simulated server. Ends when the Node is Ready; throws when it cannot be made. */
export type NodeApi = (join: JoinRequest, options: JoinOptions) => Promise<void>

export interface JoinOptions {
  readonly clock: Clock
  /** From the Node being there until it is Ready. */
  readonly readyAfterMs: number
  readonly signal: AbortSignal
}

/**
 * What kubelet does at its start, as far as the lab needs it: registers the Node (or finds it), reports its status
 * and runtime handlers, and makes it Ready.
 */
export const joinNode: NodeApi = async (join, { clock, readyAfterMs, signal }) => {
  const client = new HttpsClient({ ca: Buffer.from(join.caData, 'base64').toString() }, signal)
  const nodes = `${join.server.replace(/\/$/, '')}/api/v1/nodes`
  try {
    await register(client, nodes, join)
    await sleep(clock, readyAfterMs, signal)
    const status = { status: nodeStatus(join.nodeName, rfc3339(clock.now())) }
    await accepted(
      await client.send(`${nodes}/${join.nodeName}/status`, {
        method: 'PATCH',
        token: join.token,
        json: status,
        contentType: 'application/merge-patch+json',
      }),
      nodes,
    )
  } finally {
    client.close()
  }
}

const register = async (client: HttpsClient, nodes: string, join: JoinRequest): Promise<void> => {
  const { nodeName, token, providerID } = join
  const answer = await client.send(nodes, {
    method: 'POST',
    token,
    json: {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: nodeName,
        labels: { 'kubernetes.io/hostname': nodeName, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
      },
      spec: providerID === undefined ? {} : { providerID },
    },
  })
  if (answer.status !== 409) await accepted(answer, nodes)
}

const accepted = async ({ status, text }: { status: number; text: string }, about: string): Promise<void> => {
  if (status >= 300) throw new KatametalError('BootstrapFailed', { about, seen: `${status} ${text.slice(0, 200)}` })
}

const nodeStatus = (nodeName: string, time: string) => ({
  addresses: [{ type: 'Hostname', address: nodeName }],
  capacity: { cpu: '64', memory: '256Gi', pods: '110' },
  allocatable: { cpu: '64', memory: '256Gi', pods: '110' },
  nodeInfo: {
    architecture: 'amd64',
    operatingSystem: 'linux',
    osImage: 'katametal lab',
    kernelVersion: '6.1.0-lab',
    kubeletVersion: 'v1.34.0',
    containerRuntimeVersion: 'containerd://2.1.0',
    bootID: '',
    machineID: '',
    systemUUID: '',
    kubeProxyVersion: '',
  },
  runtimeHandlers: [{ name: '' }, { name: 'runc' }, { name: 'kata-qemu' }],
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message: 'the simulated kubelet is ready',
      lastHeartbeatTime: time,
      lastTransitionTime: time,
    },
  ],
})
