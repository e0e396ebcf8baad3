import { at, isObject, type Json, type JsonObject, listOf, objectOf, textOf } from './json.js'
import type { ApiObject } from './object.js'
import { type ApiResource, allVerbs, apiVersionOf, type Column } from './resource.js'
import { age } from './builtin/built-in.js'
import { withObjectMeta } from './schema/metadata-schema.js'
import type { RuleCompiler } from './schema/rules.js'
import { compileSchema } from './schema/validate.js'

/**
 * The resources that a CustomResourceDefinition adds: one per served version, all over one table. Conversion is `None`:
 * only apiVersion differs between versions. Throws when a pattern of a schema cannot be compiled.
 */
export const customResources = (crd: ApiObject, rules: RuleCompiler): ApiResource[] => {
  const spec = objectOf(crd.spec)
  const versions = listOf(spec['versions']).filter(isObject)
  const stored = textOf(versions.find(version => version['storage'] === true)?.['name'])
  return versions
    .filter(version => version['served'] === true)
    .map(version => customResource(spec, version, stored, rules))
}

const customResource = (
  spec: JsonObject,
  version: JsonObject,
  storedVersion: string,
  rules: RuleCompiler,
): ApiResource => {
  const names = objectOf(spec['names'])
  const group = textOf(spec['group'])
  const kind = textOf(names['kind'])
  const plural = textOf(names['plural'])
  const name = textOf(version['name'])
  const schema = withObjectMeta(objectOf(at(version, 'schema', 'openAPIV3Schema')))
  const hasStatus = at(version, 'subresources', 'status') !== undefined
  return {
    group,
    version: name,
    plural,
    kind,
    listKind: textOf(names['listKind'], `${kind}List`),
    singular: textOf(names['singular'], kind.toLowerCase()),
    namespaced: spec['scope'] === 'Namespaced',
    shortNames: texts(names['shortNames']),
    categories: texts(names['categories']),
    verbs: allVerbs,
    table: `${group}/${plural}`,
    schema,
    check: compileSchema(schema, rules),
    columns: columnsOf(version),
    subresources: hasStatus ? ['status'] : [],
    hasStatus,
    hasGeneration: true,
    custom: true,
    nameRule: 'subdomain',
    ...(name === storedVersion ? {} : conversion(`${group}/${storedVersion}`, apiVersionOf({ group, version: name }))),
  }
}

const conversion = (stored: string, served: string): Pick<ApiResource, 'toStored' | 'fromStored'> => ({
  toStored: object => ({ ...object, apiVersion: stored }),
  fromStored: object => ({ ...object, apiVersion: served }),
})

const texts = (value: Json | undefined): string[] => listOf(value).map(item => textOf(item))

const columnsOf = (version: JsonObject): readonly Column[] => {
  const columns = listOf(version['additionalPrinterColumns']).filter(isObject)
  return columns.length === 0 ? [age] : (columns as unknown as readonly Column[])
}
