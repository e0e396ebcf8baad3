import type { KubeObject } from '../../api/meta.js'
import { KatametalError, isKatametalError } from '../base/errors.js'
import { type Answer, answerError, isFailedTest } from './answers.js'
import { everyPage } from './paging.js'
import { type ResourcePath, resourcePaths } from './paths.js'
import type { Call, Transport } from './transport.js'
import type { CallOptions, JsonPatchOperation, ListOptions, Page, ResourceClient, ResourceType } from './types.js'
import { watchEvents } from './watch-events.js'

/** The typed calls of {@link ResourceClient} over one transport. */
export const createResourceClient = <T extends KubeObject>(
  transport: Transport,
  type: ResourceType,
): ResourceClient<T> => {
  const paths = resourcePaths(type)
  // Messages of the server quote what they reject; of a Secret nothing may be quoted.
  const quiet = type.group === '' && type.plural === 'secrets'

  const send = async (call: Call): Promise<Answer> => {
    const answer = await transport.call(call)
    if (isFailedTest(answer) && isTestedPatch(call))
      throw new KatametalError('KubernetesConflict', { about: call.about, seen: 'a test of the patch failed' })
    if (answer.status < 200 || answer.status > 299) throw answerError(answer, call.about, quiet)
    if (typeof answer.body !== 'object' || answer.body === null)
      throw new KatametalError('KubernetesUnreachable', { about: transport.server, seen: 'the answer is not JSON' })
    return answer
  }

  const one = async (call: Call): Promise<T> => (await send(call)).body as T

  const write = (
    method: Call['method'],
    { path, about }: ResourcePath,
    body: unknown,
    options: CallOptions = {},
    extra: { contentType?: string; query?: Record<string, string | undefined> } = {},
  ): Call => ({
    method,
    path,
    about,
    body,
    query: { ...extra.query, ...(options.dryRun === true ? { dryRun: 'All' } : {}) },
    ...(extra.contentType === undefined ? {} : { contentType: extra.contentType }),
    ...signalOf(options),
  })

  const client: ResourceClient<T> = {
    type,
    get: async (namespace, name, options) =>
      one({ method: 'GET', ...paths.object(namespace, name), ...signalOf(options) }),
    find: async (namespace, name, options) => {
      try {
        return await client.get(namespace, name, options)
      } catch (error) {
        if (isKatametalError(error, 'KubernetesNotFound')) return undefined
        throw error
      }
    },
    list: async (options = {}) => {
      const items: T[] = []
      await everyPage(client, options, {
        page: page => items.push(...page.items),
        restart: () => (items.length = 0),
      })
      return items
    },
    listPage: async options => {
      const query = { ...selectors(options), limit: options.limit?.toString(), continue: options.continue }
      const { body } = await send({ method: 'GET', ...paths.list(options.namespace), query, ...signalOf(options) })
      return pageOf<T>(body, type)
    },
    create: async (object, options) => one(write('POST', paths.collection(object.metadata.namespace), object, options)),
    replace: async (object, options) =>
      one(write('PUT', paths.object(object.metadata.namespace, object.metadata.name), object, options)),
    mergePatch: async (namespace, name, patch, options) =>
      one(write('PATCH', paths.object(namespace, name), patch, options, { contentType: mergePatchType })),
    mergePatchStatus: async (namespace, name, patch, options) =>
      one(write('PATCH', paths.status(namespace, name), patch, options, { contentType: mergePatchType })),
    jsonPatch: async (namespace, name, patch, options) =>
      one(write('PATCH', paths.object(namespace, name), patch, options, { contentType: jsonPatchType })),
    apply: async (object, options) =>
      one(
        write('PATCH', paths.object(object.metadata.namespace, object.metadata.name), object, options, {
          contentType: 'application/apply-patch+yaml',
          query: {
            fieldManager: options.fieldManager,
            ...(options.force === undefined ? {} : { force: String(options.force) }),
          },
        }),
      ),
    delete: async (namespace, name, options = {}) => {
      const { uid, resourceVersion, propagationPolicy } = options
      const preconditions = {
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      }
      const body = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        ...(Object.keys(preconditions).length === 0 ? {} : { preconditions }),
        ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
      }
      try {
        await send(write('DELETE', paths.object(namespace, name), body, options))
      } catch (error) {
        if (!isKatametalError(error, 'KubernetesNotFound')) throw error
      }
    },
    watch: async options => {
      const path = paths.list(options.namespace)
      const query = {
        ...selectors(options),
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: options.resourceVersion,
        timeoutSeconds: String(options.timeoutSeconds),
      }
      const answer = await transport.stream({ method: 'GET', ...path, query, signal: options.signal })
      if (answer.lines === undefined) throw answerError(answer, path.about, quiet)
      return watchEvents<T>(answer.lines, path.about)
    },
  }
  return client
}

const mergePatchType = 'application/merge-patch+json'
const jsonPatchType = 'application/json-patch+json'

const signalOf = (options: CallOptions | undefined): { signal?: AbortSignal } =>
  options?.signal === undefined ? {} : { signal: options.signal }

const selectors = ({ labelSelector, fieldSelector }: ListOptions): Record<string, string | undefined> => ({
  labelSelector,
  fieldSelector,
})

const isTestedPatch = ({ contentType, body }: Call): boolean =>
  contentType === jsonPatchType && (body as JsonPatchOperation[]).some(({ op }) => op === 'test')

interface ListBody {
  metadata?: { resourceVersion?: string; continue?: string }
  items?: KubeObject[] | null
}

/** Items of built-in kinds come without apiVersion and kind; the list's type gives them back. */
const pageOf = <T extends KubeObject>(body: unknown, type: ResourceType): Page<T> => {
  const { metadata = {}, items } = body as ListBody
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`
  return {
    items: (items ?? []).map(item => ({ ...item, apiVersion, kind: type.kind }) as T),
    resourceVersion: metadata.resourceVersion ?? '',
    ...(metadata.continue === undefined || metadata.continue === '' ? {} : { continue: metadata.continue }),
  }
}
