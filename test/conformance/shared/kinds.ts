import { describe, expect } from 'vitest'
import { allKinds as kinds } from '../../../api/kinds.js'
import type { KubeObject } from '../../../api/meta.js'
import type { ResourceType } from '../../../src/kube/types.js'
import type { Platform } from '../platform.js'
import { row } from '../row.js'

export interface Crd extends KubeObject {
  readonly spec: {
    readonly group: string
    readonly scope: string
    readonly names: { readonly kind: string; readonly plural: string; readonly listKind: string }
    readonly versions: readonly {
      readonly name: string
      readonly served: boolean
      readonly storage: boolean
      readonly subresources?: { readonly status?: object }
      readonly schema: { readonly openAPIV3Schema: Schema }
    }[]
  }
}

interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
}

export const crdType: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
}

/** Kinds that core and clusterctl look up by their computed name. */
const contractKinds = ['KataMetalCluster', 'KataMetalClusterTemplate', 'KataMetalMachine', 'KataMetalMachineTemplate']

/** The rules of flect that kinds like ours fall under. */
const plural = (kind: string): string => {
  const word = kind.toLowerCase()
  expect(word).not.toMatch(/(s|x|z|ch|sh|f|fe|o)$/)
  return word.replace(/([^aeiou])y$/, '$1ie') + 's'
}

/** Rows about the CRDs as the API server holds them. */
export const kindRows = (platform: () => Platform): void => {
  const crdOf = (kind: string): Promise<Crd> => {
    const { group, plural } = kinds.find(candidate => candidate.kind === kind)!
    return platform().client.resource<Crd>(crdType).get(undefined, `${plural}.${group}`)
  }
  const pathOf = (schema: Schema, path: string): Schema | undefined =>
    path.split('.').reduce<Schema | undefined>((at, key) => at?.properties?.[key], schema)

  describe('CRDs', () => {
    row(
      1,
      'every CRD is named by the plural that core computes, is namespaced, and has a status where it needs one',
      async () => {
        for (const { kind, status } of kinds) {
          const { metadata, spec } = await crdOf(kind)
          expect(metadata.name).toBe(`${plural(kind)}.${spec.group}`)
          expect(spec).toMatchObject({ scope: 'Namespaced', names: { kind, listKind: `${kind}List` } })
          const [version, ...others] = spec.versions
          expect(others).toEqual([])
          expect(version).toMatchObject({ name: 'v1alpha1', served: true, storage: true })
          expect(version?.subresources?.status !== undefined).toBe(status !== undefined)
        }
      },
    )

    row(2, 'the contract label names versions, all of which are served', async () => {
      for (const kind of contractKinds) {
        const { metadata, spec } = await crdOf(kind)
        const label = metadata.labels?.['cluster.x-k8s.io/v1beta2']
        expect(label).toBeDefined()
        for (const version of label!.split('_'))
          expect(spec.versions.find(({ name, served }) => name === version && served)).toBeDefined()
        expect(Object.keys(metadata.labels ?? {})).not.toContain('cluster.x-k8s.io/v1beta1')
      }
    })

    row(3, 'no field of an older contract is in a schema, and failure domains are a list', async () => {
      const schemas = await Promise.all(
        contractKinds.map(async kind => (await crdOf(kind)).spec.versions[0]!.schema.openAPIV3Schema),
      )
      for (const schema of schemas)
        for (const path of ['status.ready', 'status.failureReason', 'status.failureMessage', 'spec.failureDomain'])
          expect(pathOf(schema, path)).toBeUndefined()
      expect(pathOf(schemas[0]!, 'status.failureDomains')?.type).toBe('array')
    })
  })
}
