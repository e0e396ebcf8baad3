import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Kind } from '../../api/kind.js'
import { allKinds } from '../../api/kinds.js'
import { crdOf, objectSchemaOf } from './crd.js'
import { fieldsOf } from './fields.js'

const crds = allKinds.map(kind => [kind.kind, crdOf(kind), kind] as const)
const fieldsOfKind = (kind: Kind) =>
  Object.entries(objectSchemaOf(kind).properties ?? {}).flatMap(([part, schema]) => fieldsOf(schema, part))

describe('the CRD', () => {
  it.each(crds)('of %s is namespaced, with one served and stored version', (_name, { spec, metadata }, kind) => {
    expect(metadata.name).toBe(`${kind.plural}.${kind.group}`)
    expect(spec.scope).toBe('Namespaced')
    expect(spec.names.listKind).toBe(`${kind.kind}List`)
    expect(spec.versions.map(({ name, served, storage }) => ({ name, served, storage }))).toEqual([
      { name: kind.version, served: true, storage: true },
    ])
  })

  it.each(crds)('of %s has a status subresource exactly when it has a status', (_name, { spec }, kind) => {
    const [version] = spec.versions
    const { properties = {} } = version?.schema.openAPIV3Schema ?? {}
    expect(version?.subresources !== undefined).toBe(kind.status !== undefined)
    expect('status' in properties).toBe(kind.status !== undefined)
  })

  it.each(crds)('of %s is found by clusterctl', (_name, { metadata }) => {
    expect(metadata.labels).toMatchObject({
      'cluster.x-k8s.io/provider': 'infrastructure-katametal',
      'clusterctl.cluster.x-k8s.io': '',
    })
  })

  it('names a version for the contract on every kind that Cluster API core looks up, and on no other', () => {
    const withContract = crds.flatMap(([name, { metadata }]) =>
      metadata.labels['cluster.x-k8s.io/v1beta2'] === 'v1alpha1' ? [name] : [],
    )
    expect(withContract).toEqual([
      'KataMetalCluster',
      'KataMetalClusterTemplate',
      'KataMetalMachine',
      'KataMetalMachineTemplate',
    ])
  })

  it('moves hosts with all that they own', () => {
    const hosts = crds.find(([name]) => name === 'BareMetalHost')?.[1]
    expect(hosts?.metadata.labels).toHaveProperty(['clusterctl.cluster.x-k8s.io/move-hierarchy'], '')
  })

  it('lacks the fields that the contract v1beta2 forbids', () => {
    const paths = crds.flatMap(([name, , kind]) => fieldsOfKind(kind).map(({ path }) => `${name} ${path}`))
    expect(paths).toContain('KataMetalMachine spec.providerID')
    for (const gone of [
      'KataMetalMachine spec.failureDomain',
      'KataMetalMachine status.ready',
      'KataMetalMachine status.failureReason',
      'KataMetalCluster status.ready',
      'KataMetalMachineTemplate spec.template.spec.providerID',
    ])
      expect(paths).not.toContain(gone)
  })

  it.each(crds)('of %s shows columns of fields that exist', (_name, _crd, kind) => {
    const paths = new Set(fieldsOfKind(kind).map(({ path }) => path))
    for (const { jsonPath } of kind.columns) {
      const path = jsonPath.slice(1).replace(/\[\?\(@\.type=='[A-Za-z]+'\)\]/, '[]')
      expect(path.startsWith('metadata.') || paths.has(path), jsonPath).toBe(true)
    }
  })

  it.each(crds)('of %s describes every field', (_name, _crd, kind) => {
    expect(fieldsOfKind(kind).flatMap(({ path, schema }) => (schema.description ? [] : [path]))).toEqual([])
  })

  it('uses no name, plural or short name twice', () => {
    const names = allKinds.flatMap(({ kind, plural, shortNames }) => [kind, plural, ...shortNames])
    expect(new Set(names).size).toBe(names.length)
  })

  it('is refused when the plural is not what Cluster API computes, and when the schema is not structural', () => {
    const kind: Kind = {
      group: 'g.example',
      version: 'v1',
      kind: 'Thing',
      plural: 'things',
      shortNames: [],
      categories: [],
      description: 'A thing.',
      spec: z.object({ a: z.string().regex(/^(?!x)/) }),
      columns: [],
    }
    expect(() => crdOf(kind)).toThrow('Thing: .spec.a: the pattern looks around')
    expect(() => crdOf({ ...kind, spec: z.object({}), plural: 'thingies' })).toThrow('must be things')
  })
})
