import type { Key } from '../../kube/types.js'

/** What the machine controller asks of workload clusters. */
export interface NodeIdentity {
  /**
   * Gives the Node of that name the providerID when it has none; a Node with another one is left alone. Does nothing
   * while the Nodes of the cluster are not known, and begins to look at them.
   */
  giveProviderID(
    cluster: Key,
    node: { readonly nodeName: string; readonly providerID: string },
    signal: AbortSignal,
  ): Promise<void>
  /** Told of each Node that has no providerID, when it appears or changes. */
  onUnidentifiedNode(handler: (cluster: Key, nodeName: string) => void): void
}
