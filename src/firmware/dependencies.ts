import type { AttributeRegistry, BiosSnapshot, RegistryAttribute, RegistryDependency } from './model.js'
import { sameValue, shown } from './values.js'

/** Attribute values by name: as they are, or as they would be. */
export type Values = Readonly<Record<string, unknown>>

type Condition = RegistryDependency['conditions'][number]
type LockProperty = 'ReadOnly' | 'GrayOut' | 'Hidden'

export const listedAttribute = (registry: AttributeRegistry | undefined, name: string): RegistryAttribute | undefined =>
  registry?.attributes.find(attribute => attribute.name === name)

/**
 * The values that would stand after `writes`: what is pending and written, and what the registry says these set with
 * them. A value that is itself written is never overruled.
 */
export const valuesAfter = ({ attributes, pending, registry }: BiosSnapshot, writes: Values): Values => {
  const values: Record<string, unknown> = { ...attributes, ...pending, ...writes }
  const moved = Object.keys({ ...pending, ...writes }).filter(
    name => !sameValue(values[name], attributes[name], listedAttribute(registry, name)),
  )
  const forcing = (registry?.dependencies ?? []).filter(({ toProperty }) => toProperty === 'CurrentValue')
  // Each attribute is set at most once, so a circle in the registry ends.
  const settled = new Set(Object.keys(writes))
  for (let cause = moved.shift(); cause !== undefined; cause = moved.shift()) {
    for (const dependency of forcing) {
      const { toAttribute, toValue, conditions } = dependency
      if (settled.has(toAttribute) || !(toAttribute in attributes)) continue
      if (!conditions.some(({ attribute }) => attribute === cause) || !holds(dependency, values, registry)) continue
      settled.add(toAttribute)
      if (sameValue(values[toAttribute], toValue, listedAttribute(registry, toAttribute))) continue
      values[toAttribute] = toValue
      moved.push(toAttribute)
    }
  }
  return values
}

/** Who keeps an attribute from being written, as a short text: "WorkloadProfile=LowLatency (ReadOnly)". */
export const lockOn = (name: string, { registry, attributes }: BiosSnapshot, values: Values): string | undefined => {
  const listed = listedAttribute(registry, name)
  if (registry === undefined || listed === undefined) return undefined
  const fixed: Record<LockProperty, boolean> = {
    ReadOnly: listed.readOnly,
    GrayOut: listed.grayOut,
    Hidden: listed.hidden,
  }
  for (const property of ['ReadOnly', 'GrayOut', 'Hidden'] as const) {
    const rules = registry.dependencies.filter(
      ({ toAttribute, toProperty }) => toAttribute === name && toProperty === property,
    )
    const last = rules.filter(rule => holds(rule, values, registry)).at(-1)
    if (last !== undefined) {
      if (isTrue(last.toValue)) return `${conditionsOf(last, values)} (${property})`
      continue
    }
    // A registry served live carries the flag that its own rules have set; the flag goes with its cause.
    const explained = rules.some(rule => isTrue(rule.toValue) && holds(rule, attributes, registry))
    if (fixed[property] && !explained) return `registry ${registry.id} (${property})`
  }
  return undefined
}

/**
 * Who would set an attribute to something that is not wanted, given `values` that already hold the wish. A rule
 * whose conditions hold now although the attribute differs from what it says is not one that stands.
 */
export const overruledBy = (
  name: string,
  { registry, attributes }: BiosSnapshot,
  values: Values,
): { readonly by: string; readonly value: unknown } | undefined => {
  const listed = listedAttribute(registry, name)
  const rule = registry?.dependencies.find(
    candidate =>
      candidate.toAttribute === name &&
      candidate.toProperty === 'CurrentValue' &&
      !sameValue(candidate.toValue, values[name], listed) &&
      holds(candidate, values, registry) &&
      (!holds(candidate, attributes, registry) || sameValue(attributes[name], candidate.toValue, listed)),
  )
  return rule && { by: conditionsOf(rule, values), value: rule.toValue }
}

/** Attributes in an order in which each comes after those that its rules depend on; otherwise as given. */
export const inDependencyOrder = (names: readonly string[], registry: AttributeRegistry | undefined): string[] => {
  const ordered: string[] = []
  const visiting = new Set<string>()
  const visit = (name: string) => {
    if (visiting.has(name)) return
    visiting.add(name)
    for (const { toAttribute, conditions } of registry?.dependencies ?? []) {
      if (toAttribute !== name) continue
      for (const { attribute } of conditions) if (names.includes(attribute)) visit(attribute)
    }
    ordered.push(name)
  }
  names.forEach(visit)
  return ordered
}

const conditionsOf = ({ conditions }: RegistryDependency, values: Values): string =>
  conditions
    .map(
      ({ attribute, join }, index) =>
        `${index === 0 ? '' : ` ${(join ?? 'AND').toLowerCase()} `}${attribute}=${shown(values[attribute])}`,
    )
    .join('')

/** Conditions are joined from left to right (DSP0266, MapTerms); without a word for it, all must hold. */
const holds = ({ conditions }: RegistryDependency, values: Values, registry: AttributeRegistry | undefined): boolean =>
  conditions.length > 0 &&
  conditions.reduce((sofar, condition, index) => {
    if (index === 0) return isMet(condition, values, registry)
    return condition.join === 'OR'
      ? sofar || isMet(condition, values, registry)
      : sofar && isMet(condition, values, registry)
  }, true)

const isMet = (condition: Condition, values: Values, registry: AttributeRegistry | undefined): boolean => {
  const listed = listedAttribute(registry, condition.attribute)
  const seen = condition.property === 'CurrentValue' ? values[condition.attribute] : flagOf(condition.property, listed)
  // Of a setting in an inactive menu nobody knows the value, so nothing is concluded from it.
  if (seen === undefined) return false
  const equal = sameValue(seen, condition.value, listed)
  const [left, right] = [Number(seen), Number(condition.value)]
  switch (condition.operator) {
    case 'EQU':
      return equal
    case 'NEQ':
      return !equal
    case 'GTR':
      return left > right
    case 'GEQ':
      return left >= right
    case 'LSS':
      return left < right
    case 'LEQ':
      return left <= right
    default:
      return false
  }
}

const flagOf = (property: string, listed: RegistryAttribute | undefined): boolean | undefined => {
  switch (property) {
    case 'ReadOnly':
      return listed?.readOnly
    case 'GrayOut':
      return listed?.grayOut
    case 'Hidden':
      return listed?.hidden
    default:
      return undefined
  }
}

const isTrue = (value: unknown): boolean => String(value).toLowerCase() === 'true'
