import { createHash, X509Certificate } from 'node:crypto'
import { KatametalError } from '../../base/errors.js'
import { toKatametalError } from '../../base/errors.js'
import type { ApiCredentials } from '../../kube/api-access.js'
import { HttpsClient } from '../server/https-client.js'
import { type JoinOptions, joinNode, type NodeApi, runKubelet } from '../server/join.js'
import type { KubeadmRun } from '../server/kubeadm.js'
import type { WorkloadServers } from './workload-servers.js'

/**
 * Does for simulated servers what kubeadm and kubelet do on real ones: `kubeadm init` brings the API server of a workload
 * cluster up, `kubeadm join` checks its CA and the bootstrap token and adds a Node. A control plane Node that loses its
 * power takes its API server with it when it was the last.
 */
export const kubeadmNodes = (workloads: WorkloadServers): NodeApi => {
  /** What `kubeadm init` of each endpoint was told. A real image has a kubelet of its own version. */
  const versions = new Map<string, string>()
  return async (request, options) => {
    if (!('command' in request)) return joinNode(request, options)
    const run = request
    if (run.kubernetesVersion !== undefined) versions.set(run.endpoint, run.kubernetesVersion)
    const access = run.controlPlane
      ? await controlPlaneAccess(run, workloads, options)
      : await workerAccess(run, workloads, options)
    const { server, ca = '', token = '' } = access
    const { nodeName, providerID, labels, taints, handlers = [] } = run
    const version = versions.get(run.endpoint)
    await runKubelet(
      {
        server,
        caData: Buffer.from(ca).toString('base64'),
        token,
        nodeName,
        labels,
        handlers,
        taints,
        ...(providerID === undefined ? {} : { providerID }),
        ...(version === undefined ? {} : { version }),
      },
      options,
    )
    if (run.controlPlane) await settleControlPlane(run, access, options.signal)
  }
}

const portOf = (endpoint: string): number => Number(endpoint.slice(endpoint.lastIndexOf(':') + 1))

const controlPlaneAccess = async (
  run: KubeadmRun,
  workloads: WorkloadServers,
  options: JoinOptions,
): Promise<ApiCredentials> => {
  if (run.command === 'join') await checkDiscovery(run, workloads, options)
  if (run.identity === undefined)
    throw new KatametalError('BootstrapFailed', { about: run.nodeName, seen: 'the cluster CA was not delivered' })
  const port = portOf(run.endpoint)
  options.signal.addEventListener('abort', () => void workloads.leave(port, run.nodeName), { once: true })
  return workloads.enter(port, run.identity, run.nodeName)
}

const workerAccess = (run: KubeadmRun, workloads: WorkloadServers, options: JoinOptions): Promise<ApiCredentials> =>
  checkDiscovery(run, workloads, options)

/** kubeadm's own checks before it trusts a cluster: the digest of the CA's public key, and that the token is known. */
const checkDiscovery = async (
  { endpoint, discovery, nodeName }: KubeadmRun,
  workloads: WorkloadServers,
  { signal }: JoinOptions,
): Promise<ApiCredentials> => {
  const access = workloads.at(portOf(endpoint))
  const refuse = (seen: string): never => {
    throw new KatametalError('BootstrapFailed', { about: nodeName, seen })
  }
  if (access?.ca === undefined) return refuse(`no API server answers at ${endpoint}`)
  if (discovery === undefined) return refuse('no bootstrap token is given')
  if (!discovery.caCertHashes.includes(publicKeyHash(access.ca))) return refuse(`the CA at ${endpoint} is another`)
  const client = new HttpsClient({ ca: access.ca }, signal)
  try {
    const { status } = await client.send(`${access.server}/version`, { token: discovery.token })
    if (status !== 200) return refuse(`the bootstrap token was answered with ${status}`)
    return access
  } catch (error) {
    throw toKatametalError(error, endpoint)
  } finally {
    client.close()
  }
}

/** As in `caCertHashes`: SHA-256 over the DER of the subject public key info. */
export const publicKeyHash = (cert: string): string => {
  const der = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
  return `sha256:${createHash('sha256').update(der).digest('hex')}`
}

/** What kubeadm leaves behind on a control plane: its configuration, and the static Pods that the provider looks for. */
const settleControlPlane = async (
  { clusterConfiguration, nodeName }: KubeadmRun,
  { server, ca = '', token = '' }: ApiCredentials,
  signal: AbortSignal,
): Promise<void> => {
  const client = new HttpsClient({ ca }, signal)
  const create = async (plural: string, json: object): Promise<void> => {
    const path = `${server}/api/v1/namespaces/kube-system/${plural}`
    const { status, text } = await client.send(path, { method: 'POST', token, json })
    if (status >= 300 && status !== 409)
      throw new KatametalError('BootstrapFailed', { about: plural, seen: `${status} ${text.slice(0, 200)}` })
  }
  try {
    for (const component of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']) {
      const pod = staticPod(component, nodeName)
      await create('pods', pod)
      await client.send(`${server}/api/v1/namespaces/kube-system/pods/${pod.metadata.name}/status`, {
        method: 'PATCH',
        token,
        json: { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
        contentType: 'application/merge-patch+json',
      })
    }
    // That it exists is what the control plane provider takes for "initialized", so it comes last.
    if (clusterConfiguration !== undefined)
      await create('configmaps', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
        data: { ClusterConfiguration: clusterConfiguration },
      })
  } finally {
    client.close()
  }
}

/** The annotation is what a kubelet sets on static Pods; it also spares the Pod a service account. */
const staticPod = (component: string, nodeName: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `${component}-${nodeName}`,
    namespace: 'kube-system',
    labels: { component, tier: 'control-plane' },
    annotations: { 'kubernetes.io/config.mirror': 'simulated' },
  },
  spec: { nodeName, hostNetwork: true, containers: [{ name: component, image: 'simulated' }] },
})
