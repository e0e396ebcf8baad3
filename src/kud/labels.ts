/** On every object that katametal writes into a workload cluster. */
export const managedByUs = { 'app.kubernetes.io/managed-by': 'katametal' } as const
