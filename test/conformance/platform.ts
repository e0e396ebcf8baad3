import type { KubeObject } from '../../api/meta.js'
import type { ApiCredentials } from '../../src/kube/api-access.js'
import type { KubeClient } from '../../src/kube/types.js'
import type { NodeApi } from '../../src/lab/server/join.js'

/** Where the conformance rows run: a real API server with the real Cluster API, or the embedded one with the stand-in. */
export interface Platform {
  readonly kind: 'real' | 'embedded'
  /** With all rights. */
  readonly client: KubeClient
  readonly credentials: ApiCredentials
  /** A kubeconfig with all rights (YAML), for Secrets `<cluster>-kubeconfig`. */
  readonly kubeconfig: string
  /** How simulated servers become Nodes. */
  readonly nodeApi: NodeApi
  /** Those of the manager's ServiceAccount. */
  managerCredentials(): Promise<ApiCredentials>
  /** Creates objects or makes them so; with server-side apply where there is a real server. */
  apply(...objects: readonly KubeObject[]): Promise<void>
  stop(): Promise<void>
}
