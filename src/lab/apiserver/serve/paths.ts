import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Registry } from '../registry.js'
import { methodNotAllowed, pathNotFound } from '../status-error.js'
import { aggregatedType, discoveryOf } from './discovery.js'
import { openApiOf } from './openapi.js'
import type { RequestInfo } from './request-info.js'
import { sendJson, sendText } from './respond.js'

const openPaths = new Set(['/healthz', '/livez', '/readyz', '/version'])

const version = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.0-katametal-lab',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: '',
} as const

/** Answers the paths that need no token: health and version. False for every other path. */
export const serveOpenPath = (path: string, response: ServerResponse): boolean => {
  if (!openPaths.has(path.replace(/\/+$/, ''))) return false
  if (path.startsWith('/version')) sendJson(response, 200, version)
  else sendText(response, 200, 'ok', { 'content-type': 'text/plain; charset=utf-8' })
  return true
}

/** Discovery and OpenAPI; 404 for everything else that is not about objects. */
export const servePath = (
  registry: Registry,
  address: string,
  info: RequestInfo,
  request: IncomingMessage,
  response: ServerResponse,
): void => {
  if (info.method !== 'GET') throw methodNotAllowed()
  const openApi = openApiOf(registry, info.path)
  if (openApi !== undefined) return sendText(response, 200, openApi)
  const found = discoveryOf(registry, info.path, request.headers.accept ?? '', address)
  if (found === undefined) throw pathNotFound()
  const isAggregated = found['kind'] === 'APIGroupDiscoveryList'
  sendJson(response, 200, found, isAggregated ? { 'content-type': aggregatedType } : {})
}
