/** One row of the checklist for infrastructure providers of contract v1beta2. */
export interface Row {
  readonly number: number
  readonly rule: string
  /** Why there is no test for it. */
  readonly leftOut?: string
}

/** Each row has at least one test with its number in the title, unless it says why not. */
export const rows: readonly Row[] = [
  'CRD names, scope, list kinds and the status subresource are what core computes and expects',
  'The contract label is on the CRDs, and core depends on it',
  'No field of an older contract is left',
  'The aggregated ClusterRole gives core what it needs',
  "The manager's own rights are sufficient and minimal",
  'KataMetalCluster waits for its owner',
  'Owner references count with and without `controller`',
  'The control plane endpoint is taken from where it is given, and never invented',
  '`provisioned` is a latch',
  'Failure domains reach the Cluster and the control plane provider',
  'Externally managed infrastructure is left alone',
  'Pause holds everything still',
  'The finalizer comes after the Machine and before any effect',
  'Server-side apply by MachineSets is not disturbed',
  'Nothing happens before the gates open, and the reason is visible',
  'The providerID stands before `provisioned`',
  'The providerID is unique and stable',
  'Core links the Node',
  'The Node gets the providerID',
  'Addresses and failure domain are mirrored; a failure domain asked for is kept to',
  'Conditions are valid, and Ready is mirrored for the whole life',
  'Bootstrap data is delivered as it is, once',
  'A Machine is drained before, and its Node deleted after, the server is off',
  'Deletion hooks hold',
  'Deletion ends or says why it does not',
  'A Cluster is deleted in order, and nothing leaks',
  'A host is never claimed twice',
  'A restart repeats nothing that harms',
  'Objects made from templates carry what the template says',
  'Templates are immutable, but for the dry run of the topology controller',
  'A ClusterClass can be made of our templates',
  'Templates tell the autoscaler what a Machine will have',
  'clusterctl takes our components',
  'Every flavor can be generated and applied',
  '`--namespace` and `--watch-filter` confine a manager',
  '`clusterctl describe` shows our objects with their reason',
  '`clusterctl move` moves everything and touches no server',
  'The MachineHealthCheck that is shipped does not kill slow servers, and does replace dead ones',
  'External remediation power-cycles, fences, and gives up in the end',
  'Owner references are restored, and children go with their owner',
  { rule: 'In-place updates', leftOut: 'not claimed: no extension for it is offered' },
  'No secret is shown anywhere',
].map((row, index) => (typeof row === 'string' ? { number: index + 1, rule: row } : { number: index + 1, ...row }))
