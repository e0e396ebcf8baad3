import { type JsonObject, objectOf } from '../json.js'
import type { ApiObject } from '../object.js'
import type { Schema } from '../schema/schema.js'
import { conflict, type Subject } from '../status-error.js'
import { overlay, removeFields } from './apply-values.js'
import { compare } from './compare.js'
import { difference, type FieldSet, isEmptySet } from './field-set.js'
import { claimedFields, disputes, ownedBy, ownedByOthers, type Writer } from './managed-fields.js'

/** The result of applying, before defaults and validation, and what the manager owns from now on. */
export interface Applied {
  readonly value: JsonObject
  readonly claimed: FieldSet
}

/**
 * Server-side apply (KEP-555): merges the configuration by the list and map types of the schema, removes what this manager
 * applied earlier and no longer names, and refuses with 409 to change what another manager owns unless forced.
 */
export const serverSideApply = (
  schema: Schema,
  subject: Subject,
  live: ApiObject | undefined,
  configuration: JsonObject,
  writer: Writer,
  force: boolean,
): Applied => {
  const claimed = claimedFields(schema, configuration)
  if (live === undefined) return { value: configuration, claimed }
  const merged = overlay(schema, live, configuration)
  const others = ownedByOthers(live, writer)
  const gone = difference(difference(ownedBy(live, writer), claimed), others)
  const value = objectOf(removeFields(schema, merged, gone, others))
  if (!force) refuseDisputes(subject, live, writer, compare(schema, live, merged).changed)
  return { value, claimed }
}

/** One cause per disputed field, as kubectl expects them. */
const refuseDisputes = (subject: Subject, live: ApiObject, writer: Writer, changed: FieldSet): void => {
  const found = disputes(live, writer, changed)
  if (found.length === 0) return
  const causes = found.flatMap(([manager, fields]) =>
    pathsOf(fields).map(field => ({ reason: 'FieldManagerConflict', message: `conflict with "${manager}"`, field })),
  )
  const list = causes.map(cause => `${cause.message}: ${cause.field}`).join(', ')
  const why = `Apply failed with ${causes.length} conflict${causes.length === 1 ? '' : 's'}: ${list}`
  throw conflict(subject, live.metadata.name, why, causes)
}

const pathsOf = (set: FieldSet): string[] =>
  Object.keys(set)
    .filter(key => key !== '.')
    .flatMap(key => {
      const below = objectOf(set[key])
      const here = key.startsWith('f:') ? `.${key.slice(2)}` : `[${key.slice(2)}]`
      const isMember = below['.'] !== undefined || isEmptySet(below)
      return [...(isMember ? [here] : []), ...pathsOf(below).map(path => `${here}${path}`)]
    })
