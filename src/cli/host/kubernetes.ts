import { type BareMetalHost, bareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { systemClock } from '../../base/clock.js'
import { createKubeClient } from '../../kube/client.js'
import { loadApiAccess } from '../../kube/kubeconfig.js'
import { typeOf } from '../../kube/resource-types.js'
import type { KubeClient, ResourceClient } from '../../kube/types.js'

/** What all verbs that talk to Kubernetes take. */
export interface KubernetesFlags {
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace?: string
}

export interface HostAccess {
  readonly client: KubeClient
  readonly hosts: ResourceClient<BareMetalHost>
  readonly namespace: string
}

/** Opens the cluster that kubectl would use, runs `use` and closes it again. */
export const withCluster = async <R>(flags: KubernetesFlags, use: (access: HostAccess) => Promise<R>): Promise<R> => {
  const access = await loadApiAccess({
    ...(flags.kubeconfig === undefined ? {} : { kubeconfig: flags.kubeconfig }),
    ...(flags.context === undefined ? {} : { context: flags.context }),
  })
  const client = createKubeClient(access, { clock: systemClock })
  try {
    return await use({
      client,
      hosts: client.resource<BareMetalHost>(typeOf(bareMetalHost)),
      namespace: flags.namespace ?? access.namespace,
    })
  } finally {
    await client.close()
  }
}
