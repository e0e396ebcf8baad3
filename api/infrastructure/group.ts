/** The Cluster API contract v1beta2 (infrastructure provider). */
export const infrastructureGroup = 'infrastructure.cluster.x-k8s.io'
export const infrastructureVersion = 'v1alpha1'

/**
 * Labels of the CRDs that Cluster API core and clusterctl look for: which of our versions satisfy the contract, that
 * the kind takes part in `clusterctl move`, and which provider it belongs to.
 */
export const contractLabels = {
  'cluster.x-k8s.io/v1beta2': 'v1alpha1',
  'cluster.x-k8s.io/provider': 'infrastructure-katametal',
  'clusterctl.cluster.x-k8s.io': '',
} as const

/** Remediation is found by its reference, not by contract version; clusterctl still takes it along. */
export const remediationLabels = {
  'cluster.x-k8s.io/provider': 'infrastructure-katametal',
  'clusterctl.cluster.x-k8s.io': '',
} as const

export const clusterFinalizer = 'katametalcluster.infrastructure.cluster.x-k8s.io'
export const machineFinalizer = 'katametalmachine.infrastructure.cluster.x-k8s.io'
export const remediationFinalizer = 'katametalremediation.infrastructure.cluster.x-k8s.io'

/** Annotations of Cluster API that we obey. */
export const capiAnnotations = {
  paused: 'cluster.x-k8s.io/paused',
  managedBy: 'cluster.x-k8s.io/managed-by',
  /** On objects that core made from a template: its name. */
  clonedFromName: 'cluster.x-k8s.io/cloned-from-name',
} as const

/** On KataMetalMachine: give the host up without its BMC answering; the server may still run. */
export const forceReleaseAnnotation = 'infrastructure.cluster.x-k8s.io/force-release'

/**
 * On KataMetalRemediation: how many power cycles were begun. Written before the first command of each, and kept by
 * `clusterctl move`, which drops status: no server is power cycled again because it was moved.
 */
export const remediationTriesAnnotation = 'infrastructure.cluster.x-k8s.io/remediation-tries'

/** `katametal://<namespace>/<host>`: bound to the server, stable over restarts, re-inspection and move. */
export const providerIDOf = (host: { metadata: { namespace?: string; name: string } }): string =>
  `katametal://${host.metadata.namespace ?? 'default'}/${host.metadata.name}`
