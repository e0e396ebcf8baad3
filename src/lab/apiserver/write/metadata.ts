import { isObject, type Json, type JsonObject, listOf } from '../json.js'
import type { ApiObject } from '../object.js'
import type { ApiResource } from '../resource.js'
import { isLabel, isLabelValue, isQualifiedName, isSubdomain } from '../schema/formats.js'
import type { FieldError } from '../status-error.js'

/** Labels, annotations, finalizers and owner references by the rules of ObjectMeta. */
export const metadataErrors = ({ metadata }: ApiObject): FieldError[] => {
  const errors: FieldError[] = []
  const found = (field: string, value: Json, message: string) =>
    errors.push({ field: `metadata.${field}`, type: 'Invalid', value, message })
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (!isQualifiedName(key)) found('labels', key, 'name part must consist of alphanumeric characters, -, _ or .')
    if (!isLabelValue(value))
      found('labels', value, 'a valid label must be an empty string or consist of alphanumeric characters, -, _ or .')
  }
  let size = 0
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    if (!isQualifiedName(key.toLowerCase()))
      found('annotations', key, 'name part must consist of alphanumeric characters, -, _ or .')
    size += key.length + value.length
  }
  if (size > 262_144)
    errors.push({ field: 'metadata.annotations', type: 'TooLong', message: 'may not be more than 262144 bytes' })
  for (const name of metadata.finalizers ?? [])
    if (!isQualifiedName(name))
      found('finalizers', name, 'name part must consist of alphanumeric characters, -, _ or .')
  const owners = metadata.ownerReferences ?? []
  if (owners.filter(owner => owner.controller === true).length > 1)
    found('ownerReferences', owners.length, 'Only one reference can have Controller set to true')
  owners.forEach((owner, index) => {
    for (const key of ['apiVersion', 'kind', 'name', 'uid'] as const)
      if (owner[key] === '') found(`ownerReferences[${index}].${key}`, '', 'must not be empty')
  })
  return errors
}

/** The rule for metadata.name of the kind. */
export const nameErrors = (resource: ApiResource, name: string): FieldError[] => {
  const good = { subdomain: isSubdomain, label: isLabel, pathSegment: isPathSegment }[resource.nameRule](name)
  if (good) return []
  const message = `must be a ${resource.nameRule === 'label' ? 'lowercase RFC 1123 label' : 'lowercase RFC 1123 subdomain'}`
  return [{ field: 'metadata.name', type: 'Invalid', value: name, message }]
}

const isPathSegment = (name: string): boolean => name !== '' && name !== '.' && name !== '..' && !/[/%]/.test(name)

/** metadata of a body, which may be anything. */
export const metadataOf = (body: JsonObject): JsonObject => {
  const { metadata } = body
  return isObject(metadata) ? metadata : {}
}

/** Finalizers that were not there before. */
export const addedFinalizers = (before: ApiObject, after: ApiObject): string[] => {
  const known = listOf(before.metadata.finalizers)
  return (after.metadata.finalizers ?? []).filter(name => !known.includes(name))
}
