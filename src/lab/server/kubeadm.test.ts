import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { readKubeadmRun } from './kubeadm.js'

const meta = { 'instance-id': 'i-1', 'local-hostname': 'edge-1', provider_id: 'katametal://site/host-1' }
const nodeRegistration = {
  name: '{{ ds.meta_data.local_hostname }}',
  kubeletExtraArgs: [
    { name: 'provider-id', value: '{{ ds.meta_data.provider_id }}' },
    { name: 'node-labels', value: 'rack=r1,plain' },
  ],
}
const keys = ['ca.crt', 'ca.key', 'sa.pub', 'sa.key'].map(name => ({
  path: `/etc/kubernetes/pki/${name}`,
  content: name,
}))

const userData = (path: string, documents: object[], files: object[] = [], head = '## template: jinja\n') => {
  const content = `---\n${documents.map(document => stringify(document)).join('---\n')}`
  return `${head}#cloud-config\n\n${stringify({ write_files: [...files, { path, content }], runcmd: ['kubeadm'] })}`
}
const init = [
  { kind: 'ClusterConfiguration', controlPlaneEndpoint: '127.0.0.1:6443', kubernetesVersion: 'v1.36.0' },
  { kind: 'InitConfiguration', nodeRegistration: { ...nodeRegistration, taints: null } },
]
const join = (more: object = {}) => [
  {
    kind: 'JoinConfiguration',
    discovery: { bootstrapToken: { apiServerEndpoint: '127.0.0.1:6443', token: 'a.b', caCertHashes: ['sha256:1'] } },
    nodeRegistration,
    ...more,
  },
]

describe('the kubeadm part of bootstrap data', () => {
  it('of a first control plane Node holds the keys of the cluster, its configuration and the kubelet arguments', () => {
    const run = readKubeadmRun(userData('/run/kubeadm/kubeadm.yaml', init, keys), meta)
    expect(run).toMatchObject({
      command: 'init',
      controlPlane: true,
      nodeName: 'edge-1',
      endpoint: '127.0.0.1:6443',
      providerID: 'katametal://site/host-1',
      labels: { rack: 'r1', plain: '', 'node-role.kubernetes.io/control-plane': '' },
      taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
      identity: { authority: { cert: 'ca.crt', key: 'ca.key' }, serviceAccounts: { cert: 'sa.pub', key: 'sa.key' } },
      kubernetesVersion: 'v1.36.0',
    })
    expect(run?.clusterConfiguration).toContain('controlPlaneEndpoint: 127.0.0.1:6443')
  })

  it('of a worker holds what to trust and the token, and only the taints that are asked for', () => {
    const taints = [{ key: 'node.cluster.x-k8s.io/uninitialized', value: null, effect: 'NoSchedule' }]
    const documents = join({ nodeRegistration: { ...nodeRegistration, taints }, controlPlane: null })
    expect(readKubeadmRun(userData('/run/kubeadm/kubeadm-join-config.yaml', documents), meta)).toEqual({
      command: 'join',
      controlPlane: false,
      nodeName: 'edge-1',
      endpoint: '127.0.0.1:6443',
      providerID: 'katametal://site/host-1',
      labels: { rack: 'r1', plain: '' },
      taints: [{ key: 'node.cluster.x-k8s.io/uninitialized', effect: 'NoSchedule' }],
      discovery: { token: 'a.b', caCertHashes: ['sha256:1'] },
    })
  })

  it('of a further control plane Node holds the keys as well', () => {
    const documents = join({ controlPlane: { localAPIEndpoint: {} } })
    const run = readKubeadmRun(userData('/run/kubeadm/kubeadm-join-config.yaml', documents, keys), meta)
    expect(run).toMatchObject({ command: 'join', controlPlane: true, identity: { authority: { cert: 'ca.crt' } } })
  })

  it('is not rendered without the template marker, as cloud-init would not', () => {
    const run = readKubeadmRun(userData('/run/kubeadm/kubeadm.yaml', init, keys, ''), meta)
    expect(run?.nodeName).toBe('{{ ds.meta_data.local_hostname }}')
  })

  it('takes the host name where no name is given', () => {
    const documents = [init[0]!, { kind: 'InitConfiguration' }]
    expect(readKubeadmRun(userData('/run/kubeadm/kubeadm.yaml', documents, keys), meta)?.nodeName).toBe('edge-1')
  })

  it.each([
    ['a script', '#!/bin/sh\ntrue\n'],
    ['a cloud-config without kubeadm', '#cloud-config\nruncmd: [true]\n'],
    ['an empty cloud-config', '#cloud-config\n'],
  ])('is absent from %s', (_title, text) => {
    expect(readKubeadmRun(text, meta)).toBeUndefined()
  })

  it('that cannot be used is refused', () => {
    const path = '/run/kubeadm/kubeadm.yaml'
    const noKeys = userData(path, init)
    const noToken = userData(path, [{ kind: 'JoinConfiguration' }])
    for (const text of [noKeys, noToken])
      expect(() => readKubeadmRun(text, meta)).toThrow(expect.objectContaining({ code: 'BootstrapFailed' }))
  })
})
