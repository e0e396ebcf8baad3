import { type JsonObject, isObject, listAt, objectAt, textAt } from '../json.js'
import { resourcesOfType } from '../parts.js'
import type { ResourceTree } from '../resource-tree.js'

/** What the attribute registry says about one attribute, as far as a write is checked. */
export interface AttributeRule {
  readonly type: string | undefined
  readonly readOnly: boolean
  readonly valueNames: readonly string[]
  readonly displayNames: readonly string[]
}

/**
 * The attribute registry of a tree: of all resources of type AttributeRegistry the one that names most of the served
 * attributes, so that neither ids nor locations matter. Empty when there is none.
 */
export const readRegistry = (tree: ResourceTree, attributes: JsonObject): ReadonlyMap<string, AttributeRule> =>
  rulesOf(registryBody(tree, attributes))

/** The whole registry. */
export const registryBody = (tree: ResourceTree, attributes: JsonObject): JsonObject | undefined => {
  let best: JsonObject | undefined
  let bestHits = 0
  for (const path of resourcesOfType(tree, 'AttributeRegistry')) {
    const body = tree.body(path)
    const rules = rulesOf(body)
    const hits = Object.keys(attributes).filter(name => rules.has(name)).length
    if (hits > bestHits) [best, bestHits] = [body, hits]
  }
  return best
}

const rulesOf = (registry: JsonObject | undefined): Map<string, AttributeRule> =>
  new Map(
    listAt(objectAt(registry, 'RegistryEntries'), 'Attributes').flatMap(item => {
      const name = isObject(item) ? textAt(item, 'AttributeName') : undefined
      return isObject(item) && name !== undefined ? [[name, ruleOf(item)] as const] : []
    }),
  )

const ruleOf = (item: JsonObject): AttributeRule => {
  const values = listAt(item, 'Value').filter(isObject)
  return {
    type: textAt(item, 'Type'),
    readOnly: item['ReadOnly'] === true || item['Readonly'] === true,
    valueNames: values.flatMap(value => textAt(value, 'ValueName') ?? []),
    displayNames: values.flatMap(value => textAt(value, 'ValueDisplayName') ?? []),
  }
}

/**
 * Why `value` cannot be written over `current`, or nothing. An enumeration is written in the vocabulary (names or
 * display names) that the current value is in; without a registry entry the type of the current value decides.
 */
export const objectionTo = (
  rule: AttributeRule | undefined,
  current: unknown,
  value: unknown,
): 'unknown' | 'not-writable' | 'type' | 'not-in-list' | undefined => {
  if (rule === undefined) {
    if (current === undefined) return 'unknown'
    return current === null || typeof current === typeof value ? undefined : 'type'
  }
  if (rule.readOnly) return 'not-writable'
  if (rule.type === 'Enumeration') return inVocabulary(rule, current, value) ? undefined : 'not-in-list'
  if (rule.type === 'Integer') return Number.isInteger(value) ? undefined : 'type'
  if (rule.type === 'Boolean') return typeof value === 'boolean' ? undefined : 'type'
  return typeof value === 'string' ? undefined : 'type'
}

const inVocabulary = ({ valueNames, displayNames }: AttributeRule, current: unknown, value: unknown): boolean => {
  const inNames = valueNames.includes(current as string)
  const inDisplay = displayNames.includes(current as string)
  const allowed = [...(inNames || !inDisplay ? valueNames : []), ...(inDisplay || !inNames ? displayNames : [])]
  return allowed.length === 0 || allowed.includes(value as string)
}
