import { at, isObject, type Json, type JsonObject, listOf, objectOf, textOf } from '../json.js'
import { badRequest } from '../status-error.js'
import type { User } from '../identity.js'
import { type Access, type Authorizer, refusal } from './rbac.js'
import type { Target } from './request-info.js'

const review = (group: string, plural: string, kind: string) => ({
  group,
  version: 'v1',
  plural,
  kind,
  singular: kind.toLowerCase(),
  namespaced: false,
  shortNames: [],
  categories: [],
  verbs: ['create'],
  subresources: [],
})

/** Questions that are answered and not stored. */
export const reviewKinds = [
  review('authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview'),
  review('authorization.k8s.io', 'subjectaccessreviews', 'SubjectAccessReview'),
  review('authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview'),
] as const

export const isReview = ({ group, version, plural }: Target): boolean =>
  reviewKinds.some(kind => kind.group === group && kind.version === version && kind.plural === plural)

/** Answers a review: what the user, or the one named in it, may do; or who the user is. */
export const answerReview = (authorize: Authorizer, user: User, plural: string, body: JsonObject): JsonObject => {
  if (plural === 'selfsubjectreviews')
    return { ...body, status: { userInfo: { username: user.name, groups: user.groups } } }
  const spec = objectOf(body['spec'])
  const subject = plural === 'subjectaccessreviews' ? subjectOf(spec) : user
  const access = accessOf(spec)
  const allowed = authorize(subject, access)
  return { ...body, status: { allowed, ...(allowed ? {} : { reason: refusal(subject, access) }) } }
}

const subjectOf = (spec: JsonObject): User => ({
  name: textOf(spec['user']),
  groups: listOf(spec['groups']).map(group => textOf(group)),
})

const optional = (value: Json | undefined): string | undefined => textOf(value) || undefined

const accessOf = (spec: JsonObject): Access => {
  const path = at(spec, 'nonResourceAttributes')
  if (isObject(path)) return { verb: textOf(path['verb']), path: textOf(path['path']) }
  const resource = spec['resourceAttributes']
  if (!isObject(resource))
    throw badRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified')
  return {
    verb: textOf(resource['verb']),
    group: textOf(resource['group']),
    resource: textOf(resource['resource']),
    subresource: optional(resource['subresource']),
    namespace: optional(resource['namespace']),
    name: textOf(resource['name']),
  }
}
