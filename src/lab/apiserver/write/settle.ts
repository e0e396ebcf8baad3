import { type Json, type JsonObject, objectOf } from '../json.js'
import type { ApiObject } from '../object.js'
import type { ApiResource, WriteContext } from '../resource.js'
import { applyDefaults } from '../schema/default.js'
import { prune } from '../schema/prune.js'
import { badRequest, type FieldError, invalid } from '../status-error.js'
import { metadataErrors, nameErrors } from './metadata.js'
import type { WriteOptions } from './options.js'

/**
 * Turns what a client sent into what may be stored: unknown fields dropped, what the kind decides and defaults filled in,
 * all checked. Parts that are the very objects of `previous` went through this before and are left alone.
 */
export const settle = (
  resource: ApiResource,
  candidate: ApiObject,
  context: WriteContext,
  options: WriteOptions,
): ApiObject => {
  const known = applyDefaults(resource.schema, pruned(resource, changedPart(candidate, context.previous), options))
  const whole = { ...objectOf(known), ...unchangedPart(candidate, context.previous) } as ApiObject
  const object = resource.prepare?.(whole, context) ?? whole
  const errors: FieldError[] = []
  resource.check(object, { path: '', report: error => errors.push(error), old: context.previous })
  if (errors.length === 0) {
    errors.push(...metadataErrors(object), ...(resource.validate?.(object, context) ?? []))
    if (context.previous === undefined) errors.push(...nameErrors(resource, object.metadata.name))
  }
  if (errors.length > 0) throw invalid(resource, object.metadata.name, errors)
  return object
}

const changedPart = (candidate: ApiObject, previous: ApiObject | undefined): JsonObject =>
  Object.fromEntries(Object.entries(candidate).filter(([key, value]) => !isSame(value, previous?.[key])))

const unchangedPart = (candidate: ApiObject, previous: ApiObject | undefined): JsonObject =>
  Object.fromEntries(Object.entries(candidate).filter(([key, value]) => isSame(value, previous?.[key])))

const isSame = (a: Json | undefined, b: Json | undefined): boolean => typeof a === 'object' && a === b

const pruned = (resource: ApiResource, value: JsonObject, options: WriteOptions): Json => {
  const unknown: string[] = []
  const result = prune(resource.schema, value, unknown)
  if (unknown.length === 0 || !resource.custom || options.fieldValidation === 'Ignore') return result
  const messages = unknown.map(path => `unknown field "${path}"`)
  if (options.fieldValidation === 'Strict') throw badRequest(`strict decoding error: ${messages.join(', ')}`)
  options.warnings.push(...messages)
  return result
}
