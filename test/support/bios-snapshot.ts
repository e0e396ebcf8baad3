import type {
  AttributeRegistry,
  BiosSnapshot,
  RegistryAttribute,
  RegistryDependency,
} from '../../src/firmware/model.js'

/** A BIOS of one's own making: what is not given is absent. */
export const biosSnapshot = (parts: Partial<BiosSnapshot> = {}): BiosSnapshot => ({
  vendor: 'generic',
  product: undefined,
  biosVersion: undefined,
  attributes: {},
  pending: {},
  registry: undefined,
  registryEvidence: 'the service names none',
  ...parts,
})

/** Values are ValueNames, or `[ValueName, ValueDisplayName]`. */
export const registryAttribute = (
  name: string,
  values: readonly (string | readonly [string, string])[] = ['Enabled', 'Disabled'],
  more: Partial<RegistryAttribute> = {},
): RegistryAttribute => ({
  name,
  displayName: undefined,
  type: values.length > 0 ? 'Enumeration' : 'Integer',
  readOnly: false,
  grayOut: false,
  hidden: false,
  values: values.map(value =>
    typeof value === 'string'
      ? { valueName: value, valueDisplayName: value }
      : { valueName: value[0], valueDisplayName: value[1] },
  ),
  ...more,
})

export const attributeRegistry = (
  attributes: readonly RegistryAttribute[],
  dependencies: readonly RegistryDependency[] = [],
  id = 'OurRegistry.v1_0_0',
): AttributeRegistry => ({ id, attributes, dependencies })

/** `dependency('A=on', 'B.ReadOnly', true)`; several conditions are joined by ` and ` or ` or `. */
export const dependency = (when: string, then: string, toValue: unknown): RegistryDependency => {
  const [toAttribute = '', toProperty = ''] = then.split('.')
  const parts = when.split(/ (and|or) /)
  const conditions = parts
    .filter((_, index) => index % 2 === 0)
    .map((text, index) => {
      const [, attribute = '', operator = '', value = ''] = /^(\w+)(!=|=|>=|<=|>|<)(.*)$/.exec(text) ?? []
      return {
        attribute,
        property: 'CurrentValue',
        operator: { '=': 'EQU', '!=': 'NEQ', '>': 'GTR', '>=': 'GEQ', '<': 'LSS', '<=': 'LEQ' }[operator] ?? '',
        value,
        join: index === 0 ? undefined : ((parts[index * 2 - 1] ?? '').toUpperCase() as 'AND' | 'OR'),
      }
    })
  return { attribute: toAttribute, conditions, toAttribute, toProperty, toValue }
}

/** What the service would serve after the changes were written and the server restarted. */
export const applied = (snapshot: BiosSnapshot, changes: Readonly<Record<string, unknown>>): BiosSnapshot => ({
  ...snapshot,
  attributes: { ...snapshot.attributes, ...snapshot.pending, ...changes },
  pending: {},
})
