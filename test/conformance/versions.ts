import type { KubeObject } from '../../api/meta.js'
import type { KubeClient, ResourceType } from '../../src/kube/types.js'

/** Every version of the objects of some kinds, as a watch showed them, oldest first. */
export interface Versions<T extends KubeObject> {
  readonly seen: readonly { readonly type: string; readonly object: T; readonly time: number }[]
  of(name: string): T[]
  /** Ends the watch; throws what broke it before. */
  stop(): Promise<void>
}

/** Watches a resource in a namespace from now on. Resolves when the server has accepted the watch. */
export const recordVersions = async <T extends KubeObject>(
  client: KubeClient,
  type: ResourceType,
  namespace: string,
): Promise<Versions<T>> => {
  const resource = client.resource<T>(type)
  const { resourceVersion } = await resource.listPage({ namespace, limit: 1 })
  const end = new AbortController()
  const stream = await resource.watch({ namespace, resourceVersion, timeoutSeconds: 600, signal: end.signal })
  const seen: { type: string; object: T; time: number }[] = []
  const reading = (async () => {
    for await (const event of stream)
      if (event.type !== 'BOOKMARK') seen.push({ type: event.type, object: event.object, time: Date.now() })
  })()
  reading.catch(() => undefined)
  return {
    seen,
    of: name => seen.filter(({ object }) => object.metadata.name === name).map(({ object }) => object),
    stop: async () => {
      end.abort()
      await reading.catch((error: unknown) => {
        if ((error as { code?: string }).code !== 'Cancelled') throw error
      })
    },
  }
}
