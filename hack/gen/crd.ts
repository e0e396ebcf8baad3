import type { Kind } from '../../api/kind.js'
import { structuralSchemaOf } from './normalise.js'
import { pluralOf } from './plural.js'
import type { JsonSchemaProps } from './schema.js'
import { structuralProblems } from './structural.js'

/** apiextensions.k8s.io/v1 CustomResourceDefinition, as far as we write it. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1'
  readonly kind: 'CustomResourceDefinition'
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly spec: {
    readonly group: string
    readonly names: {
      readonly kind: string
      readonly listKind: string
      readonly plural: string
      readonly singular: string
      readonly shortNames: readonly string[]
      readonly categories: readonly string[]
    }
    readonly scope: 'Namespaced'
    readonly versions: readonly CrdVersion[]
  }
}

export interface CrdVersion {
  readonly name: string
  readonly served: true
  readonly storage: true
  readonly schema: { readonly openAPIV3Schema: JsonSchemaProps }
  readonly subresources?: { readonly status: Readonly<Record<string, never>> }
  readonly additionalPrinterColumns: readonly object[]
}

/**
 * The CRD of a kind. Throws when its plural is not the one that Cluster API would compute, and when its schema is not
 * structural.
 */
export const crdOf = (kind: Kind): CustomResourceDefinition => {
  const schema = objectSchemaOf(kind)
  const problems = structuralProblems(schema)
  if (problems.length > 0) throw new Error(`${kind.kind}: ${problems.join('; ')}`)
  if (kind.plural !== pluralOf(kind.kind))
    throw new Error(`the plural of ${kind.kind} must be ${pluralOf(kind.kind)}, not ${kind.plural}`)
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${kind.group}`, labels: sorted(kind.crdLabels ?? {}) },
    spec: {
      group: kind.group,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.kind.toLowerCase(),
        shortNames: kind.shortNames,
        categories: kind.categories,
      },
      scope: 'Namespaced',
      versions: [
        {
          name: kind.version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          ...(kind.status === undefined ? {} : { subresources: { status: {} } }),
          additionalPrinterColumns: kind.columns.map(({ name, type, jsonPath, description, priority }) => ({
            name,
            type,
            jsonPath,
            ...(description === undefined ? {} : { description }),
            ...(priority === undefined ? {} : { priority }),
          })),
        },
      ],
    },
  }
}

/** The schema of whole objects of a kind. */
export const objectSchemaOf = (kind: Kind): JsonSchemaProps => ({
  description: kind.description,
  type: 'object',
  ...(kind.rules === undefined ? {} : { 'x-kubernetes-validations': kind.rules }),
  required: ['spec'],
  properties: {
    apiVersion: { description: `Always ${kind.group}/${kind.version}.`, type: 'string' },
    kind: { description: `Always ${kind.kind}.`, type: 'string' },
    metadata: { type: 'object' },
    spec: structuralSchemaOf(kind.spec, `${kind.kind}.spec`),
    ...(kind.status === undefined ? {} : { status: structuralSchemaOf(kind.status, `${kind.kind}.status`) }),
  },
})

const sorted = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
