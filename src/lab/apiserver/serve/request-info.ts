import type { IncomingMessage } from 'node:http'

/** What a request asks for, read from its method and URL (the RequestInfo of Kubernetes). */
export interface RequestInfo {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** A Kubernetes verb for resources, the lower-case method otherwise. */
  readonly verb: string
  /** Absent for discovery, health and other paths that are not about objects. */
  readonly target: Target | undefined
}

export interface Target {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly namespace: string | undefined
  /** Empty for collections. */
  readonly name: string
  readonly subresource: string | undefined
}

export const parseRequest = (request: Pick<IncomingMessage, 'method' | 'url'>): RequestInfo => {
  const method = request.method ?? 'GET'
  const [path = '/', search = ''] = (request.url ?? '/').split('?', 2)
  const query = new URLSearchParams(search)
  const target = targetOf(path)
  const verb = target === undefined ? method.toLowerCase() : verbOf(method, target, query)
  return { method, path, query, verb, target }
}

const targetOf = (path: string): Target | undefined => {
  const steps = path
    .split('/')
    .filter(step => step !== '')
    .map(decode)
  const [root, ...rest] = steps
  if (root === 'api' && rest.length >= 2) return withinVersion('', rest[0] ?? '', rest.slice(1))
  if (root === 'apis' && rest.length >= 3) return withinVersion(rest[0] ?? '', rest[1] ?? '', rest.slice(2))
  return undefined
}

const decode = (step: string): string => {
  try {
    return decodeURIComponent(step)
  } catch {
    return step
  }
}

const namespaceSubresources = ['status', 'finalize']

const withinVersion = (group: string, version: string, steps: readonly string[]): Target | undefined => {
  const [first = '', second, third, ...rest] = steps
  const aboutNamespace = third === undefined || (rest.length === 0 && namespaceSubresources.includes(third))
  const inNamespace = first === 'namespaces' && second !== undefined && !aboutNamespace
  const [plural, name, subresource, ...more] = inNamespace ? [third, ...rest] : [first, second, third, ...rest]
  if (more.length > 0) return undefined
  return { group, version, plural, name: name ?? '', subresource, namespace: inNamespace ? second : undefined }
}

const verbOf = (method: string, target: Target, query: URLSearchParams): string => {
  const whole = target.name === ''
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (isTrue(query.get('watch'))) return 'watch'
      return whole ? 'list' : 'get'
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return whole ? 'deletecollection' : 'delete'
    default:
      return method.toLowerCase()
  }
}

export const isTrue = (value: string | null): boolean => value === '1' || value === 'true'
