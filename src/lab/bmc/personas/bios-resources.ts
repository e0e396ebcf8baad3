import type { JsonObject } from '../json.js'
import { link, type TreeBuilder } from './builder.js'
import type { BiosAttribute, BiosDependency, MachineSpec } from './machine-spec.js'

/** Adds Bios, its settings object and the attribute registry; the spec says where each is and how it is called. */
export const addBios = (builder: TreeBuilder, { bios, vendor, behaviour }: MachineSpec): void => {
  const attributes = Object.fromEntries(bios.attributes.map(({ name, value }) => [name, value]))
  builder.add(bios.path, 'Bios.v1_1_0', 'BIOS settings in force', {
    AttributeRegistry: bios.registry,
    Attributes: attributes,
    ...(bios.settingsPath === undefined
      ? {}
      : {
          '@Redfish.Settings': {
            '@odata.type': '#Settings.v1_3_0.Settings',
            SettingsObject: link(bios.settingsPath),
            ...bios.settings,
          },
        }),
  })
  if (bios.settingsPath !== undefined)
    builder.add(bios.settingsPath, 'Bios.v1_1_0', 'BIOS settings that are pending', {
      AttributeRegistry: bios.registry,
      ...(behaviour.pendingShape === 'full' ? { Attributes: attributes } : {}),
      ...(behaviour.pendingShape === 'empty' ? { Attributes: {} } : {}),
    })
  builder.tree.put(bios.registryPath, registryOf(bios, vendor))
}

/** The registry is known by its own id, which need not be the one that Bios names. */
const registryOf = ({ registryId, attributes, dependencies = [] }: MachineSpec['bios'], owner: string): JsonObject => ({
  '@odata.type': '#AttributeRegistry.v1_3_0.AttributeRegistry',
  Id: registryId,
  Name: 'BIOS attribute registry',
  Language: 'en',
  OwningEntity: owner,
  RegistryVersion: '1.0.0',
  SupportedSystems: [],
  RegistryEntries: { Attributes: attributes.map(entryOf), Dependencies: dependencies.map(dependencyOf), Menus: [] },
})

const entryOf = ({ name, display, value, values, readOnly = false }: BiosAttribute): JsonObject => ({
  AttributeName: name,
  DisplayName: display,
  CurrentValue: null,
  ReadOnly: readOnly,
  Hidden: false,
  GrayOut: false,
  Type: values === undefined ? typeOf(value) : 'Enumeration',
  ...(values === undefined
    ? {}
    : { Value: values.map(([ValueName, ValueDisplayName]) => ({ ValueName, ValueDisplayName })) }),
})

const dependencyOf = ({ when, then }: BiosDependency): JsonObject => ({
  DependencyFor: then[0],
  Type: 'Map',
  Dependency: {
    MapFrom: [
      {
        MapFromAttribute: when[0],
        MapFromProperty: 'CurrentValue',
        MapFromCondition: 'EQU',
        MapFromValue: when[1],
      },
    ],
    MapToAttribute: then[0],
    MapToProperty: then[1],
    MapToValue: then[2],
  },
})

const typeOf = (value: BiosAttribute['value']): string =>
  typeof value === 'number' ? 'Integer' : typeof value === 'boolean' ? 'Boolean' : 'String'

/** The entry of `Registries` that leads to the registry. */
export const addRegistryFile = (builder: TreeBuilder, { bios }: MachineSpec): string => {
  const { id, registry, languages } = bios.file
  return builder.add(`/redfish/v1/Registries/${id}`, 'MessageRegistryFile.v1_1_0', 'BIOS attribute registry file', {
    Registry: registry,
    Languages: [...languages],
    Location: languages.map(Language => ({ Language, Uri: bios.registryPath })),
  })
}

/** An attribute that is on or off, in the words given: `[name, display]` of on, then of off. */
export const onOff = (
  name: string,
  display: string,
  value: string,
  values: readonly (readonly [string, string])[] = enabledDisabled,
): BiosAttribute => ({ name, display, value, values })

const enabledDisabled = [
  ['Enabled', 'Enabled'],
  ['Disabled', 'Disabled'],
] as const
