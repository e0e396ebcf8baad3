import { infrastructureGroup, infrastructureVersion } from '../../../api/infrastructure/group.js'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import type { KubeObject } from '../../../api/meta.js'
import { createAuthority, issueCertificate } from '../../base/certificates.js'

export interface KubeadmClusterOptions {
  readonly namespace: string
  readonly name: string
  /** Of the workload cluster's API server on 127.0.0.1; must be free. */
  readonly port: number
  readonly controlPlanes: number
  readonly workers: number
  /** Of all KataMetalMachines. */
  readonly machine: Partial<KataMetalMachine['spec']>
  readonly kubernetesVersion?: string
}

const core = 'cluster.x-k8s.io/v1beta2'
const bootstrap = 'bootstrap.cluster.x-k8s.io/v1beta2'
const controlPlane = 'controlplane.cluster.x-k8s.io/v1beta2'
const infrastructure = `${infrastructureGroup}/${infrastructureVersion}`

/**
 * What a user would apply for a cluster with a control plane by kubeadm and one MachineDeployment. etcd is declared
 * external, because without a kubelet the control plane provider could not ask a managed one for its health; nothing ever
 * connects to it.
 */
export const kubeadmCluster = async (options: KubeadmClusterOptions): Promise<KubeObject[]> => {
  const { namespace, name, port, controlPlanes, workers, machine } = options
  const version = options.kubernetesVersion ?? 'v1.36.0'
  const object = (apiVersion: string, kind: string, suffix: string, spec: object): KubeObject & { spec: object } => ({
    apiVersion,
    kind,
    metadata: { namespace, name: `${name}${suffix}` },
    spec,
  })
  return [
    ...(await externalEtcdSecrets(namespace, name)),
    object(core, 'Cluster', '', {
      clusterNetwork: { pods: { cidrBlocks: ['192.168.0.0/16'] } },
      infrastructureRef: { apiGroup: infrastructureGroup, kind: 'KataMetalCluster', name },
      controlPlaneRef: {
        apiGroup: 'controlplane.cluster.x-k8s.io',
        kind: 'KubeadmControlPlane',
        name: `${name}-control-plane`,
      },
    }),
    object(infrastructure, 'KataMetalCluster', '', { controlPlaneEndpoint: { host: '127.0.0.1', port } }),
    object(controlPlane, 'KubeadmControlPlane', '-control-plane', {
      replicas: controlPlanes,
      version,
      machineTemplate: {
        metadata: { annotations: certificatesExpiry },
        spec: { infrastructureRef: templateRef(`${name}-control-plane`) },
      },
      kubeadmConfigSpec: {
        clusterConfiguration: { etcd: { external: externalEtcd } },
        initConfiguration: { nodeRegistration },
        joinConfiguration: { nodeRegistration },
      },
    }),
    object(infrastructure, 'KataMetalMachineTemplate', '-control-plane', { template: { spec: machine } }),
    object(core, 'MachineDeployment', '-worker', {
      clusterName: name,
      replicas: workers,
      selector: {},
      template: {
        spec: {
          clusterName: name,
          version,
          bootstrap: {
            configRef: {
              apiGroup: 'bootstrap.cluster.x-k8s.io',
              kind: 'KubeadmConfigTemplate',
              name: `${name}-worker`,
            },
          },
          infrastructureRef: templateRef(`${name}-worker`),
        },
      },
    }),
    object(infrastructure, 'KataMetalMachineTemplate', '-worker', { template: { spec: machine } }),
    object(bootstrap, 'KubeadmConfigTemplate', '-worker', {
      template: { spec: { joinConfiguration: { nodeRegistration } } },
    }),
  ]
}

const templateRef = (name: string) => ({ apiGroup: infrastructureGroup, kind: 'KataMetalMachineTemplate', name })

/** The config drive tells both; a Node with another providerID would never be found. */
const nodeRegistration = {
  name: '{{ ds.meta_data.local_hostname }}',
  kubeletExtraArgs: [{ name: 'provider-id', value: '{{ ds.meta_data.provider_id }}' }],
}

/** Without it the provider would look at the certificate of each API server through its kubelet, and there is none. */
const certificatesExpiry = { 'machine.cluster.x-k8s.io/certificates-expiry': '2099-01-01T00:00:00Z' }

const externalEtcd = {
  endpoints: ['https://192.0.2.9:2379'],
  caFile: '/etc/kubernetes/pki/etcd/ca.crt',
  certFile: '/etc/kubernetes/pki/apiserver-etcd-client.crt',
  keyFile: '/etc/kubernetes/pki/apiserver-etcd-client.key',
}

/** With external etcd these are the user's to give. */
const externalEtcdSecrets = async (namespace: string, cluster: string): Promise<KubeObject[]> => {
  const authority = await createAuthority('external etcd', Date.now())
  const client = await issueCertificate(authority, { commonName: 'apiserver-etcd-client', hosts: [] }, Date.now())
  const secret = (purpose: string, stringData: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'cluster.x-k8s.io/secret',
    metadata: { namespace, name: `${cluster}-${purpose}`, labels: { 'cluster.x-k8s.io/cluster-name': cluster } },
    stringData,
  })
  return [
    secret('etcd', { 'tls.crt': authority.cert }),
    secret('apiserver-etcd-client', { 'tls.crt': client.cert, 'tls.key': client.key }),
  ]
}
