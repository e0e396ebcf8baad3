import { type Json, type JsonObject, isObject, listAt, objectAt, textAt } from '../json.js'

/** One `Map` dependency of an attribute registry, as far as this simulator acts on it. */
interface Rule {
  readonly conditions: readonly JsonObject[]
  readonly attribute: string
  readonly property: string
  readonly value: Json
}

/**
 * Acts on the dependencies of an attribute registry (AttributeRegistry.v1 Dependencies) as BIOS and BMC do together.
 * Written apart from the planner of the manager on purpose, so that the two cannot share a mistake.
 */
export class BiosRules {
  readonly #rules: readonly Rule[]

  constructor(registry: JsonObject | undefined) {
    this.#rules = listAt(objectAt(registry, 'RegistryEntries'), 'Dependencies').flatMap(ruleOf)
  }

  /** Whether a rule makes an attribute read-only or gray when the attributes have these values; the last one counts. */
  locks(name: string, values: JsonObject): boolean {
    return ['ReadOnly', 'GrayOut'].some(property => {
      const last = this.#rules.filter(
        rule => rule.attribute === name && rule.property === property && holds(rule, values),
      )
      return last.at(-1)?.value === true
    })
  }

  /** The values that are in force after `written` was applied to `current`; a rule overrules what was written. */
  applied(current: JsonObject, written: JsonObject): JsonObject {
    const values: Record<string, Json> = { ...current, ...written }
    const moved = Object.keys(written).filter(name => written[name] !== current[name])
    const forced = new Set<string>()
    for (let cause = moved.shift(); cause !== undefined; cause = moved.shift())
      for (const rule of this.#rules) {
        const { attribute, property, value } = rule
        if (property !== 'CurrentValue' || forced.has(attribute) || !(attribute in current)) continue
        if (!dependsOn(rule, cause) || !holds(rule, values)) continue
        forced.add(attribute)
        if (values[attribute] === value) continue
        values[attribute] = value
        moved.push(attribute)
      }
    return values
  }
}

const ruleOf = (entry: Json): Rule[] => {
  const dependency = isObject(entry) ? objectAt(entry, 'Dependency') : {}
  const attribute = textAt(dependency, 'MapToAttribute')
  const property = textAt(dependency, 'MapToProperty')
  const conditions = listAt(dependency, 'MapFrom').filter(isObject)
  if (attribute === undefined || property === undefined || conditions.length === 0) return []
  return [{ conditions, attribute, property, value: dependency['MapToValue'] ?? null }]
}

const dependsOn = ({ conditions }: Rule, name: string): boolean =>
  conditions.some(condition => condition['MapFromAttribute'] === name)

const holds = ({ conditions }: Rule, values: JsonObject): boolean => {
  let all = true
  for (const [index, condition] of conditions.entries()) {
    const met = isMet(condition, values)
    if (index === 0) all = met
    else all = condition['MapTerms'] === 'OR' ? all || met : all && met
  }
  return all
}

const isMet = (condition: JsonObject, values: JsonObject): boolean => {
  const value = values[textAt(condition, 'MapFromAttribute') ?? '']
  const other = condition['MapFromValue']
  if (value === undefined || (condition['MapFromProperty'] ?? 'CurrentValue') !== 'CurrentValue') return false
  switch (condition['MapFromCondition']) {
    case 'EQU':
      return value === other
    case 'NEQ':
      return value !== other
    case 'GTR':
      return Number(value) > Number(other)
    case 'GEQ':
      return Number(value) >= Number(other)
    case 'LSS':
      return Number(value) < Number(other)
    case 'LEQ':
      return Number(value) <= Number(other)
    default:
      return false
  }
}
