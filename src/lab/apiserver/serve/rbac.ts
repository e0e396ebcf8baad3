import { at, isObject, type Json, type JsonObject, listOf, textOf } from '../json.js'
import type { Storage } from '../storage.js'
import type { User } from '../identity.js'

/** One question to the authorizer. Either about a resource or about a path. */
export interface Access {
  readonly verb: string
  readonly group?: string
  readonly resource?: string
  readonly subresource?: string | undefined
  readonly namespace?: string | undefined
  readonly name?: string
  readonly path?: string
}

export type Authorizer = (user: User, access: Access) => boolean

/** Lets everybody who is authenticated do everything. */
export const allowAll: Authorizer = () => true

const group = 'rbac.authorization.k8s.io'

/**
 * RBAC from the (Cluster)Roles and bindings in the storage. system:masters may do everything; everybody who is
 * authenticated may read discovery, health and version, and ask what they may do. Aggregation rules of ClusterRoles are
 * followed when a role is used.
 */
export const rbacAuthorizer =
  (storage: Storage): Authorizer =>
  (user, access) =>
    user.groups.includes('system:masters') ||
    isOpenToAll(access) ||
    boundRules(storage, user, access.namespace).some(rule => permits(rule, access))

const isOpenToAll = ({ verb, group: asked, path }: Access): boolean => {
  if (path !== undefined) return verb === 'get' && /^\/(api|apis|openapi|healthz|livez|readyz|version)(\/|$)/.test(path)
  return verb === 'create' && (asked === 'authorization.k8s.io' || asked === 'authentication.k8s.io')
}

/** Rules of all roles that are bound to the user, cluster-wide or in the namespace asked for. */
const boundRules = (storage: Storage, user: User, namespace: string | undefined): JsonObject[] => {
  const wide = storage.list(`${group}/clusterrolebindings`)
  const local = storage.list(`${group}/rolebindings`).filter(binding => binding.metadata.namespace === namespace)
  return [...wide, ...(namespace === undefined ? [] : local)]
    .filter(binding =>
      listOf(binding['subjects']).some(subject => isSubject(subject, user, binding.metadata.namespace)),
    )
    .flatMap(binding => rulesOf(storage, binding['roleRef'], binding.metadata.namespace))
}

const isSubject = (subject: Json, user: User, namespace: string | undefined): boolean => {
  const name = textOf(at(subject, 'name'))
  switch (at(subject, 'kind')) {
    case 'User':
      return name === user.name
    case 'Group':
      return user.groups.includes(name)
    case 'ServiceAccount':
      return user.name === `system:serviceaccount:${textOf(at(subject, 'namespace'), namespace)}:${name}`
    default:
      return false
  }
}

const rulesOf = (storage: Storage, ref: Json | undefined, namespace: string | undefined): JsonObject[] => {
  const name = textOf(at(ref, 'name'))
  if (at(ref, 'kind') === 'Role') return rulesIn(storage.get(`${group}/roles`, `${namespace ?? ''}/${name}`)?.['rules'])
  const role = storage.get(`${group}/clusterroles`, name)
  const selectors = listOf(at(role, 'aggregationRule', 'clusterRoleSelectors'))
  const aggregated =
    selectors.length === 0
      ? []
      : storage.list(`${group}/clusterroles`).filter(other => selectors.some(s => hasLabels(other.metadata.labels, s)))
  return [...rulesIn(role?.['rules']), ...aggregated.flatMap(other => rulesIn(other['rules']))]
}

const hasLabels = (labels: Readonly<Record<string, string>> = {}, selector: Json): boolean => {
  const wanted = at(selector, 'matchLabels')
  return isObject(wanted) && Object.entries(wanted).every(([key, value]) => labels[key] === value)
}

const rulesIn = (rules: Json | undefined): JsonObject[] => listOf(rules).filter(isObject)

const permits = (rule: JsonObject, access: Access): boolean => {
  const lists = (key: string, value: string) => listOf(rule[key]).some(item => item === '*' || item === value)
  if (!lists('verbs', access.verb)) return false
  const { path } = access
  if (path !== undefined)
    return listOf(rule['nonResourceURLs']).some(url => {
      const text = textOf(url)
      return text.endsWith('*') ? path.startsWith(text.slice(0, -1)) : text === path
    })
  const resource =
    access.subresource === undefined ? (access.resource ?? '') : `${access.resource ?? ''}/${access.subresource}`
  const names = listOf(rule['resourceNames'])
  const anySubresource =
    access.subresource !== undefined && listOf(rule['resources']).includes(`*/${access.subresource}`)
  return (
    lists('apiGroups', access.group ?? '') &&
    (lists('resources', resource) || anySubresource) &&
    (names.length === 0 || names.includes(access.name ?? ''))
  )
}

/** Why a user may not do something, naming user, verb and resource. */
export const refusal = (user: User, access: Access): string => {
  if (access.path !== undefined) return `forbidden: User "${user.name}" cannot ${access.verb} path "${access.path}"`
  const resource =
    access.subresource === undefined ? (access.resource ?? '') : `${access.resource ?? ''}/${access.subresource}`
  const scope = access.namespace === undefined ? 'at the cluster scope' : `in the namespace "${access.namespace}"`
  const full =
    access.group === undefined || access.group === ''
      ? (access.resource ?? '')
      : `${access.resource ?? ''}.${access.group}`
  const name = access.name === undefined || access.name === '' ? '' : ` "${access.name}"`
  return `${full}${name} is forbidden: User "${user.name}" cannot ${access.verb} resource "${resource}" in API group "${access.group ?? ''}" ${scope}`
}
