/** The group of hosts and what is known about them. */
export const metalGroup = 'metal.akraino.org'
export const metalVersion = 'v1alpha1'

/** `clusterctl move` takes objects of CRDs with these labels, and what they own, along (clusterctl contract). */
export const moveHierarchyLabels = {
  'clusterctl.cluster.x-k8s.io': '',
  'clusterctl.cluster.x-k8s.io/move-hierarchy': '',
  'cluster.x-k8s.io/provider': 'infrastructure-katametal',
} as const

export const moveLabels = {
  'clusterctl.cluster.x-k8s.io': '',
  'cluster.x-k8s.io/provider': 'infrastructure-katametal',
} as const

/** Annotations and labels on BareMetalHost that users or katametal set. */
export const hostAnnotations = {
  /** Any value: nothing is done to the server until it is removed. */
  paused: 'metal.akraino.org/paused',
  /** Any value: like paused, and the host may be deleted without touching the server. */
  detached: 'metal.akraino.org/detached',
  /** Any value: forget back-off and look at once; removed when seen. */
  retryNow: 'metal.akraino.org/retry-now',
  /** Any value: inspect again; removed when done. Only in Available. */
  inspect: 'metal.akraino.org/inspect',
  /** `metal.akraino.org/reboot` or `metal.akraino.org/reboot-<client>`: restart the server; the plain one is removed when done. */
  reboot: 'metal.akraino.org/reboot',
  /** Any value: when the power shall go off it is cut at once, without asking the operating system. */
  cutPower: 'metal.akraino.org/cut-power',
  /** The destructive operation that was begun last, as JSON; written before its first command. */
  operation: 'metal.akraino.org/operation',
  /** What is installed, as JSON; survives `clusterctl move`, which drops status. */
  installed: 'metal.akraino.org/installed',
  /** Local host name of the installed system; the name of the consumer when absent. Set by the claim to the Machine's name. */
  hostname: 'metal.akraino.org/hostname',
  /** clusterctl waits while this is set: a write to hardware is in flight. */
  blockMove: 'clusterctl.cluster.x-k8s.io/block-move',
  /** clusterctl is removing the source copy of a moved object. */
  deleteForMove: 'clusterctl.cluster.x-k8s.io/delete-for-move',
} as const

export const hostFinalizer = 'metal.akraino.org/host'
export const clusterNameLabel = 'cluster.x-k8s.io/cluster-name'
