/** Labels and annotations on BareMetalHost that belong to the claim of a KataMetalMachine. */
export const claimMarks = {
  /**
   * Label: uid of the KataMetalMachine that holds the host. Lets a claim that was not recorded on the machine be found
   * again by one small list, however old the caches are.
   */
  claimedBy: 'infrastructure.cluster.x-k8s.io/claimed-by',
  /** Annotation: what the claim found in the fields that it set, as JSON; put back when the host is given back. */
  beforeClaim: 'infrastructure.cluster.x-k8s.io/before-claim',
  /** Annotation: `<cluster>/<pool>` that used the host last, so that a rolling update gets its old host again. */
  lastPool: 'infrastructure.cluster.x-k8s.io/last-pool',
} as const
