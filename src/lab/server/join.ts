import type { Clock } from '../../base/clock.js'
import { rfc3339, sleep } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import type { JoinRequest, NodeRequest, Taint } from './disk.js'
import { HttpsClient } from './https-client.js'

/** Makes or revives the Node of a simulated server. Ends when the Node is Ready; throws when it cannot be made. */
export type NodeApi = (request: NodeRequest, options: JoinOptions) => Promise<void>

export interface JoinOptions {
  readonly clock: Clock
  /** From the Node being there until it is Ready. */
  readonly readyAfterMs: number
  readonly signal: AbortSignal
}

/** The lab's own join. kubeadm needs an API server of its own, which only a bed of real programs has. */
export const joinNode: NodeApi = async (request, options) => {
  if ('command' in request)
    throw new KatametalError('BootstrapFailed', {
      about: request.nodeName,
      seen: 'the bootstrap data is for kubeadm, which this lab does not have; `make lab KUBERNETES=real` does',
    })
  await runKubelet(request, options)
}

/**
 * What kubelet does at its start, as far as the lab needs it: registers the Node (or finds it), reports its status
 * and runtime handlers, and makes it Ready.
 */
export const runKubelet = async (join: JoinRequest, { clock, readyAfterMs, signal }: JoinOptions): Promise<void> => {
  const client = new HttpsClient({ ca: Buffer.from(join.caData, 'base64').toString() }, signal)
  const nodes = `${join.server.replace(/\/$/, '')}/api/v1/nodes`
  try {
    await register(client, nodes, join)
    await sleep(clock, readyAfterMs, signal)
    const node = `${nodes}/${join.nodeName}`
    const status = { status: nodeStatus(join, rfc3339(clock.now())) }
    const reported = await accepted(await client.send(`${node}/status`, patchOf(join, status)), nodes)
    const taints = remainingTaints(reported)
    if (taints !== undefined) await accepted(await client.send(node, patchOf(join, { spec: { taints } })), nodes)
  } finally {
    client.close()
  }
}

const patchOf = ({ token }: JoinRequest, json: object) => ({
  method: 'PATCH',
  token,
  json,
  contentType: 'application/merge-patch+json',
})

/**
 * An API server taints every new Node as not ready, and its node lifecycle controller takes that away when the Node is
 * Ready. No such controller runs here. Undefined when there is no such taint.
 */
const remainingTaints = (node: string): Taint[] | undefined => {
  const { spec } = JSON.parse(node) as { spec?: { taints?: Taint[] } }
  const taints = spec?.taints ?? []
  const remaining = taints.filter(({ key }) => key !== 'node.kubernetes.io/not-ready')
  return remaining.length === taints.length ? undefined : remaining
}

const register = async (client: HttpsClient, nodes: string, join: JoinRequest): Promise<void> => {
  const { nodeName, token, providerID, labels = {}, taints } = join
  const answer = await client.send(nodes, {
    method: 'POST',
    token,
    json: {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: nodeName,
        labels: {
          'kubernetes.io/hostname': nodeName,
          'kubernetes.io/os': 'linux',
          'kubernetes.io/arch': 'amd64',
          ...labels,
        },
      },
      spec: { ...(providerID === undefined ? {} : { providerID }), ...(taints === undefined ? {} : { taints }) },
    },
  })
  if (answer.status !== 409) await accepted(answer, nodes)
}

/** The text of a good answer; throws BootstrapFailed otherwise. */
const accepted = async ({ status, text }: { status: number; text: string }, about: string): Promise<string> => {
  if (status >= 300) throw new KatametalError('BootstrapFailed', { about, seen: `${status} ${text.slice(0, 200)}` })
  return text
}

const nodeStatus = ({ nodeName, version = 'v1.34.0', handlers = [] }: JoinRequest, time: string) => ({
  // Where an API server would ask a kubelet; a name alone would be looked up in the DNS of the machine.
  addresses: [
    { type: 'Hostname', address: nodeName },
    { type: 'InternalIP', address: '127.0.0.1' },
  ],
  daemonEndpoints: { kubeletEndpoint: { Port: 1 } },
  capacity: { cpu: '64', memory: '256Gi', pods: '110' },
  allocatable: { cpu: '64', memory: '256Gi', pods: '110' },
  nodeInfo: {
    architecture: 'amd64',
    operatingSystem: 'linux',
    osImage: 'katametal lab',
    kernelVersion: '6.1.0-lab',
    kubeletVersion: version,
    containerRuntimeVersion: 'containerd://2.1.0',
    bootID: '',
    machineID: '',
    systemUUID: '',
    kubeProxyVersion: '',
  },
  runtimeHandlers: ['', 'runc', ...handlers].map(name => ({ name })),
  conditions: [
    nodeCondition('Ready', 'True', 'KubeletReady', 'the simulated kubelet is ready', time),
    // Cluster API takes a Node for healthy only when these are reported.
    ...['Memory', 'Disk', 'PID'].map(what =>
      nodeCondition(`${what}Pressure`, 'False', `KubeletHasNo${what}Pressure`, 'a simulated server has plenty', time),
    ),
  ],
})

const nodeCondition = (type: string, status: string, reason: string, message: string, time: string) => ({
  type,
  status,
  reason,
  message,
  lastHeartbeatTime: time,
  lastTransitionTime: time,
})
