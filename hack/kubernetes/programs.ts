/** A program of the test bed: which module of this folder builds it, from which package, and what its version is set by. */
export interface Program {
  readonly name: string
  /** Folder here that holds go.mod and go.sum. */
  readonly module: 'etcd' | 'kubernetes' | 'cluster-api'
  readonly package: string
  /** Package whose version variables the linker sets; upstream compares versions and refuses one it cannot parse. */
  readonly versionPackage?: string
}

const kubernetesVersion = 'k8s.io/component-base/version'
const clusterApiVersion = 'sigs.k8s.io/cluster-api/version'

/**
 * In the order in which they are built: each finds most of its packages compiled by those before it. Every upstream has a
 * go.mod of its own, because one for all would give kube-apiserver the dependencies of Cluster API.
 */
export const programs: readonly Program[] = [
  { name: 'etcd', module: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  ...['kube-apiserver', 'kube-controller-manager', 'kubectl'].map(
    (name): Program => ({
      name,
      module: 'kubernetes',
      package: `k8s.io/kubernetes/cmd/${name}`,
      versionPackage: kubernetesVersion,
    }),
  ),
  // Upstream calls both kubeadm providers "kubeadm".
  ...Object.entries({
    'capi-core': 'core',
    'capi-kubeadm-bootstrap': 'bootstrap/kubeadm',
    'capi-kubeadm-control-plane': 'controlplane/kubeadm',
    clusterctl: 'cmd/clusterctl',
  }).map(
    ([name, path]): Program => ({
      name,
      module: 'cluster-api',
      package: `sigs.k8s.io/cluster-api/${path}`,
      versionPackage: clusterApiVersion,
    }),
  ),
]

/** The module that gives each module folder its version. */
export const upstreams = {
  etcd: 'go.etcd.io/etcd/server/v3',
  kubernetes: 'k8s.io/kubernetes',
  'cluster-api': 'sigs.k8s.io/cluster-api',
} as const satisfies Record<Program['module'], string>

/** Read for its CRDs only, so it needs no go.mod; the sum is what go.sum would hold. */
export const certManager = {
  module: 'github.com/cert-manager/cert-manager',
  version: 'v1.21.2',
  sum: 'h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=',
} as const

/** Linker flags that set the version: no symbol tables, and the variables that upstream's own builds set. */
export const linkerFlags = (versionPackage: string | undefined, version: string): string => {
  if (versionPackage === undefined) return '-s -w'
  const [major = '', minor = ''] = version.replace(/^v/, '').split('.')
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' }
  const sets = Object.entries(values).map(([variable, value]) => `-X ${versionPackage}.${variable}=${value}`)
  return ['-s -w', ...sets].join(' ')
}
