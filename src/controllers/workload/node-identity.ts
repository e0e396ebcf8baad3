import type { Key } from '../../kube/types.js'

/** What the machine controller asks of workload clusters. */
export interface NodeIdentity {
  /**
   * Gives the Node of that name the providerID when it has none; a Node with another one is left alone, and so is
   * everything while the workload cluster cannot be reached. Starts looking at the cluster when nobody did before.
   */
  giveProviderID(
    cluster: Key,
    node: { readonly nodeName: string; readonly providerID: string },
    signal: AbortSignal,
  ): Promise<void>
}
