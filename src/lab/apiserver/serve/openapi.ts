import type { ApiResource } from '../resource.js'
import type { Registry } from '../registry.js'
import type { JsonObject } from '../json.js'

/**
 * OpenAPI v3: one document per group and version with the schemas of its kinds (for `kubectl explain`), and paths only as
 * far as kubectl looks for the fieldValidation parameter there. There is no /openapi/v2. Undefined for other paths.
 */
export const openApiOf = (registry: Registry, path: string): string | undefined => {
  if (path === '/openapi/v3') return JSON.stringify({ paths: documents(registry) })
  const match = /^\/openapi\/v3\/(api|apis\/[^/]+)\/([^/]+)$/.exec(path)
  if (match === null) return undefined
  const [, root = '', version = ''] = match
  const group = root === 'api' ? '' : root.slice(5)
  const resources = registry.all().filter(resource => resource.group === group && resource.version === version)
  return resources.length === 0 ? undefined : JSON.stringify(document(group, version, resources))
}

const rootOf = (group: string): string => (group === '' ? 'api' : `apis/${group}`)

const documents = (registry: Registry): JsonObject => {
  const keys = new Set(registry.all().map(({ group, version }) => `${rootOf(group)}/${version}`))
  return Object.fromEntries([...keys].map(key => [key, { serverRelativeURL: `/openapi/v3/${key}` }]))
}

const document = (group: string, version: string, resources: readonly ApiResource[]): JsonObject => ({
  openapi: '3.0.0',
  info: { title: 'katametal embedded API server', version: 'lab' },
  components: { schemas: Object.fromEntries(resources.map(resource => [schemaName(resource), component(resource)])) },
  paths: Object.fromEntries(
    resources.map(resource => {
      const scope = resource.namespaced ? 'namespaces/{namespace}/' : ''
      return [`/${rootOf(group)}/${version}/${scope}${resource.plural}/{name}`, operations(resource)]
    }),
  ),
})

const schemaName = (resource: ApiResource): string =>
  `${resource.group.split('.').reverse().join('.')}${resource.group === '' ? '' : '.'}${resource.version}.${resource.kind}`

const gvk = ({ group, version, kind }: ApiResource): JsonObject => ({ group, version, kind })

const component = (resource: ApiResource): JsonObject => ({
  ...(resource.schema as JsonObject),
  'x-kubernetes-group-version-kind': [gvk(resource)],
})

const parameters = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map(name => ({
  name,
  in: 'query',
  schema: { type: name === 'force' ? 'boolean' : 'string' },
}))

const operations = (resource: ApiResource): JsonObject => {
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${schemaName(resource)}` } } }
  const responses = { '200': { description: 'OK', content } }
  const operation = (action: string) => ({
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk(resource),
    responses,
    parameters,
  })
  return { get: operation('get'), put: operation('put'), patch: operation('patch'), delete: operation('delete') }
}
