import { at, equal, type Json, type JsonObject, objectOf, textOf } from '../json.js'
import { type ApiObject, withMetadata } from '../object.js'
import type { Schema } from '../schema/schema.js'
import { compare } from './compare.js'
import {
  difference,
  type FieldSet,
  fieldsOf,
  intersection,
  intersects,
  isEmptySet,
  isSubset,
  stillThere,
  union,
} from './field-set.js'

/** Who writes, and how (meta/v1 ManagedFieldsEntry). */
export interface Writer {
  readonly manager: string
  readonly operation: 'Update' | 'Apply'
  readonly subresource: string | undefined
  /** RFC 3339. */
  readonly time: string
}

/** Fields that no manager can own: the server alone writes them, or they are the identity of the object. */
const unowned: FieldSet = {
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    ...Object.fromEntries(
      [
        'name',
        'namespace',
        'generateName',
        'uid',
        'resourceVersion',
        'generation',
        'creationTimestamp',
        'deletionTimestamp',
        'deletionGracePeriodSeconds',
        'managedFields',
        'selfLink',
      ].map(key => [`f:${key}`, {}]),
    ),
  },
}

const isSameWriter = (entry: JsonObject, writer: Writer): boolean =>
  entry['manager'] === writer.manager &&
  entry['operation'] === writer.operation &&
  textOf(entry['subresource']) === (writer.subresource ?? '')

const setOf = (entry: JsonObject | undefined): FieldSet => objectOf(at(entry, 'fieldsV1'))

const entriesOf = (object: ApiObject | undefined): readonly JsonObject[] => object?.metadata.managedFields ?? []

/** What one writer owned before; empty when it never wrote. */
export const ownedBy = (object: ApiObject | undefined, writer: Writer): FieldSet =>
  setOf(entriesOf(object).find(entry => isSameWriter(entry, writer)))

/** What everybody else owns, together. */
export const ownedByOthers = (object: ApiObject | undefined, writer: Writer): FieldSet =>
  entriesOf(object)
    .filter(entry => !isSameWriter(entry, writer))
    .map(setOf)
    .reduce(union, {})

/** The fields an applied configuration claims. */
export const claimedFields = (schema: Schema, configuration: Json): FieldSet =>
  difference(fieldsOf(schema, configuration), unowned)

/** Managers that own one of `fields` and are not the writer, with the fields in dispute. */
export const disputes = (object: ApiObject | undefined, writer: Writer, fields: FieldSet): [string, FieldSet][] =>
  entriesOf(object).flatMap(entry => {
    if (isSameWriter(entry, writer)) return []
    const shared = intersection(setOf(entry), fields)
    return isEmptySet(shared) ? [] : [[textOf(entry['manager']), shared]]
  })

/**
 * The object with its managedFields brought up to date for a write; the very object when they stay as they are. Changed fields
 * pass to the writer and away from everybody else; removed fields are owned by nobody. `claimed` is what an apply named,
 * changed or not.
 */
export const recordWriter = (
  schema: Schema,
  before: ApiObject | undefined,
  after: ApiObject,
  writer: Writer,
  claimed?: FieldSet,
): ApiObject => {
  const { changed, removed } = compare(schema, before, after)
  const touched = difference(changed, unowned)
  const owned = ownedBy(before, writer)
  const known = entriesOf(before)
  const others = known.filter(entry => !isSameWriter(entry, writer))
  const lost = claimed === undefined ? union(touched, removed) : union(intersection(touched, claimed), removed)
  const stays = claimed === undefined ? isSubset(touched, owned) && !intersects(removed, owned) : equal(claimed, owned)
  if (stays && !others.some(entry => intersects(setOf(entry), lost))) return after
  const own = claimed ?? difference(union(owned, touched), removed)
  const kept = others.flatMap(entry => withoutFields(entry, lost, schema, after))
  const managedFields = [...kept, ...(isEmptySet(own) ? [] : [entryOf(after, writer, own, known)])]
  return equal(managedFields, known) ? after : withMetadata(after, { managedFields })
}

const withoutFields = (entry: JsonObject, lost: FieldSet, schema: Schema, after: ApiObject): JsonObject[] => {
  const set = setOf(entry)
  const left = stillThere(difference(set, lost), schema, after)
  if (isEmptySet(left)) return []
  return equal(left, set) ? [entry] : [{ ...entry, fieldsV1: left }]
}

/** The time of an entry says when its set of fields last changed, not when its manager last wrote. */
const entryOf = (object: ApiObject, writer: Writer, fields: FieldSet, old: readonly JsonObject[]): JsonObject => {
  const known = old.find(entry => isSameWriter(entry, writer))
  if (known?.['apiVersion'] === object.apiVersion && equal(setOf(known), fields)) return known
  return {
    manager: writer.manager,
    operation: writer.operation,
    apiVersion: object.apiVersion,
    time: writer.time,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(writer.subresource === undefined ? {} : { subresource: writer.subresource }),
  }
}
