import type { KubeObject } from '../../api/meta.js'
import type { ApiAccess } from './api-access.js'
import { createResourceClient } from './resource-client.js'
import { type TransportOptions, createTransport } from './transport.js'
import type { KubeClient, ResourceType } from './types.js'

/** A client with its own connection pool. Nothing is sent before the first call; close it to end its connections. */
export const createKubeClient = (access: ApiAccess, options: TransportOptions): KubeClient => {
  const transport = createTransport(access, options)
  return {
    server: access.server,
    resource: <T extends KubeObject>(type: ResourceType) => createResourceClient<T>(transport, type),
    close: () => transport.close(),
  }
}
