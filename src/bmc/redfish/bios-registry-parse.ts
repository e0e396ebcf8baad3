import type { AttributeRegistry, RegistryAttribute, RegistryDependency } from '../../firmware/model.js'
import { array, boolean, isObject, type JsonObject, object } from './resource.js'

/**
 * Reduces an AttributeRegistry (DSP8010 AttributeRegistry.v1) to what decides. A name that comes twice (Lenovo) keeps
 * its first row; an entry that cannot be understood is left out. Undefined when no attribute is left: then it is not
 * an attribute registry.
 */
export const parseAttributeRegistry = (body: JsonObject, fallbackId: string): AttributeRegistry | undefined => {
  const entries = object(body, 'RegistryEntries')
  const byName = new Map<string, RegistryAttribute>()
  for (const entry of array(entries, 'Attributes')) {
    const attribute = attributeOf(entry)
    if (attribute !== undefined && !byName.has(attribute.name)) byName.set(attribute.name, attribute)
  }
  if (byName.size === 0) return undefined
  return {
    id: plain(body['Id']) ?? fallbackId,
    attributes: [...byName.values()],
    dependencies: joined(array(entries, 'Dependencies').flatMap(entry => dependencyOf(entry) ?? [])),
  }
}

const attributeOf = (entry: unknown): RegistryAttribute | undefined => {
  if (!isObject(entry)) return undefined
  const name = plain(entry['AttributeName'])
  if (name === undefined) return undefined
  return {
    name,
    displayName: plain(entry['DisplayName']),
    type: plain(entry['Type']),
    // Both spellings are in use.
    readOnly: flag(entry, 'ReadOnly', 'Readonly') || flag(entry, 'Immutable'),
    grayOut: flag(entry, 'GrayOut', 'Grayout'),
    hidden: flag(entry, 'Hidden'),
    values: array(entry, 'Value').flatMap(valueOf),
  }
}

const flag = (entry: JsonObject, ...names: readonly string[]): boolean =>
  names.some(name => boolean(entry, name) === true)

/** Registries that know only display names use them as values. */
const valueOf = (entry: unknown): RegistryAttribute['values'] => {
  if (!isObject(entry)) return []
  const valueDisplayName = scalar(entry['ValueDisplayName'])
  const valueName = scalar(entry['ValueName']) ?? valueDisplayName
  return valueName === undefined ? [] : [{ valueName, valueDisplayName }]
}

/** Only `Map` dependencies say what becomes of what (AttributeRegistry.v1 DependencyType). */
const dependencyOf = (entry: unknown): RegistryDependency | undefined => {
  if (!isObject(entry) || (entry['Type'] !== undefined && entry['Type'] !== 'Map')) return undefined
  const dependency = object(entry, 'Dependency')
  const toAttribute = plain(dependency['MapToAttribute'])
  const toProperty = plain(dependency['MapToProperty'])
  const conditions = array(dependency, 'MapFrom').map(conditionOf)
  if (toAttribute === undefined || toProperty === undefined) return undefined
  const known = conditions.filter(condition => condition !== undefined)
  // A dependency with a condition we cannot read would hold too often without it.
  if (known.length === 0 || known.length < conditions.length) return undefined
  return {
    attribute: plain(entry['DependencyFor']) ?? toAttribute,
    conditions: known,
    toAttribute,
    toProperty: toProperty === 'Readonly' ? 'ReadOnly' : toProperty,
    toValue: dependency['MapToValue'],
  }
}

/**
 * The standard wants a term between conditions, and Dell writes none. Where some of such lists can never hold as a
 * whole (an attribute that is two things at once), the owner of the registry means that one of each list is enough.
 */
const joined = (dependencies: readonly RegistryDependency[]): readonly RegistryDependency[] => {
  const unjoined = ({ conditions }: RegistryDependency) => conditions.slice(1).every(one => one.join === undefined)
  if (!dependencies.some(one => unjoined(one) && neverHolds(one))) return dependencies
  return dependencies.map(one =>
    one.conditions.length < 2 || !unjoined(one)
      ? one
      : {
          ...one,
          conditions: one.conditions.map((condition, index) => ({ ...condition, ...(index > 0 && { join: 'OR' }) })),
        },
  )
}

const neverHolds = ({ conditions }: RegistryDependency): boolean =>
  conditions.some(({ attribute, property, operator, value }) =>
    conditions.some(
      other =>
        operator === 'EQU' &&
        other.operator === 'EQU' &&
        other.attribute === attribute &&
        other.property === property &&
        other.value !== value,
    ),
  )

const conditionOf = (entry: unknown): RegistryDependency['conditions'][number] | undefined => {
  if (!isObject(entry)) return undefined
  const attribute = plain(entry['MapFromAttribute'])
  if (attribute === undefined) return undefined
  return {
    attribute,
    property: plain(entry['MapFromProperty']) ?? 'CurrentValue',
    operator: plain(entry['MapFromCondition']) ?? 'EQU',
    value: entry['MapFromValue'],
    join: joinOf(entry['MapTerms']),
  }
}

/** Supermicro writes the closing terms of groups into the same field ("AND,OR"); the last one joins with what precedes. */
const joinOf = (terms: unknown): 'AND' | 'OR' | undefined => {
  const last = typeof terms === 'string' ? terms.split(',').at(-1)?.trim().toUpperCase() : undefined
  return last === 'AND' || last === 'OR' ? last : undefined
}

/** Text as it stands: in a registry "None" and "N/A" are values like any other. */
const plain = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

const scalar = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
