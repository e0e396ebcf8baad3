import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { describe, expect, it } from 'vitest'
import { apiVersionOf } from '../../api/kind.js'
import { allKinds } from '../../api/kinds.js'
import { packageRoot } from '../../src/base/package-root.js'
import { managerCommand } from '../../src/cli/manager.js'
import type { Json } from '../../src/lab/apiserver/json.js'
import { prune } from '../../src/lab/apiserver/schema/prune.js'
import { structuralSchemaOf } from '../gen/normalise.js'
import { testConsole } from '../../test/support/test-console.js'
import { type Manifest, providerLabel, read } from './components.js'
import { clusterctlConfig, releaseFiles } from './files.js'

const root = packageRoot()
const image = 'registry.test/katametal/manager:v9.9.9'
const files = releaseFiles(root, { image })
const text = (name: string): string => files.get(name) ?? ''
const parse = (yaml: string): Manifest[] =>
  parseAllDocuments(yaml, { uniqueKeys: true }).map(document => {
    expect(document.errors).toEqual([])
    return document.toJS() as Manifest
  })
const components = parse(text('infrastructure-components.yaml'))
const ofKind = (kind: string) => components.filter(manifest => manifest.kind === kind)

/** As clusterctl fills variables in: values given, then defaults. */
const substitute = (yaml: string, values: Readonly<Record<string, string>>): string =>
  yaml.replace(/\$\{(\w+)(?::=([^}]*))?\}/g, (_all, name: string, fallback: string | undefined) => {
    const value = values[name] ?? fallback
    if (value === undefined) throw new Error(`${name} has no value`)
    return value
  })
const variablesOf = (yaml: string): string[] => [
  ...new Set([...yaml.matchAll(/\$\{(\w+)/g)].map(([, name]) => name ?? '')),
]
const flavors = [...files.keys()].filter(name => name.startsWith('cluster-template'))
const values = {
  CLUSTER_NAME: 'edge',
  NAMESPACE: 'site',
  KUBERNETES_VERSION: 'v1.35.0',
  KATAMETAL_ENDPOINT_HOST: '192.0.2.10',
  KATAMETAL_IMAGE_URL: 'http://images.test/a.raw',
  // Would be a number, if nobody quoted it.
  KATAMETAL_IMAGE_CHECKSUM: '1234567890',
}

describe('the components', () => {
  it('have one Namespace, which comes first, and everything namespaced in it', () => {
    expect(components[0]).toMatchObject({ kind: 'Namespace', metadata: { name: 'katametal-system' } })
    expect(ofKind('Namespace')).toHaveLength(1)
    const namespaces = components.flatMap(({ metadata }) => metadata.namespace ?? [])
    expect(new Set(namespaces)).toEqual(new Set(['katametal-system']))
  })

  it('belong to the provider by their label', () => {
    const [key, value] = providerLabel
    for (const { metadata } of components) expect(metadata.labels).toMatchObject({ [key]: value })
  })

  it('hold every CRD, role and policy of config, and each thing once', () => {
    const names = components.map(({ kind, metadata }) => `${kind}/${metadata.name}/${metadata.namespace ?? ''}`)
    expect(new Set(names).size).toBe(names.length)
    const all = ['crd', 'rbac', 'policies', 'manager'].flatMap(folder => read(join(root, 'config', folder)))
    expect(names.sort()).toEqual(
      all.map(({ kind, metadata }) => `${kind}/${metadata.name}/${metadata.namespace ?? ''}`).sort(),
    )
    expect(ofKind('CustomResourceDefinition')).toHaveLength(allKinds.length)
  })

  it('are the same each time', () => {
    expect(releaseFiles(root, { image })).toEqual(files)
  })
})

describe('the Deployment', () => {
  interface PodSpec {
    serviceAccountName: string
    securityContext: object
    containers: { name: string; image: string; args: string[]; securityContext: object }[]
  }
  const [deployment] = ofKind('Deployment') as (Manifest & { spec: { template: { spec: PodSpec } } })[]
  const pod = deployment!.spec.template.spec
  const [container] = pod.containers

  it('runs one container named manager, of the image of the release', () => {
    expect(pod.containers.map(({ name }) => name)).toEqual(['manager'])
    expect(container?.image).toBe(image)
  })

  it('runs without privileges, under the ServiceAccount that the roles are bound to', () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    expect(ofKind('ServiceAccount').map(({ metadata }) => metadata.name)).toEqual([pod.serviceAccountName])
  })

  it('gives the manager only flags that it knows, and those that Cluster API wants exist', () => {
    const known = managerCommand(testConsole()).options.map(({ long }) => long)
    const [verb, ...flags] = container?.args ?? []
    expect(verb).toBe('manager')
    for (const flag of flags) expect(known).toContain(flag.split('=')[0])
    expect(known).toEqual(expect.arrayContaining(['--namespace', '--watch-filter']))
  })

  it('lets the site say where servers reach the manager, and else takes the address of the Pod', () => {
    expect(variablesOf(text('infrastructure-components.yaml'))).toEqual(['KATAMETAL_ADVERTISED_URL'])
    expect(substitute(container?.args.at(-1) ?? '', {})).toBe('--advertised-url=https://$(POD_IP):8443')
  })
})

describe('the metadata', () => {
  it('names the series of this version and the contract that the CRDs are labelled with', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    const [major, minor] = version.split('.').map(Number)
    const [metadata] = parse(text('metadata.yaml'))
    expect(metadata?.['releaseSeries']).toContainEqual({ major, minor, contract: 'v1beta2' })
  })
})

describe('the cluster templates', () => {
  it.each(flavors)('%s: our objects are valid and lose no field', name => {
    const objects = parse(substitute(text(name), values))
    for (const object of objects) {
      expect(object.metadata.namespace).toBe('site')
      const kind = allKinds.find(known => known.kind === object.kind && apiVersionOf(known) === object.apiVersion)
      if (kind === undefined) continue
      const spec = object['spec'] as Json
      const result = kind.spec.safeParse(spec)
      expect(result.error?.issues).toBeUndefined()
      const unknown: string[] = []
      prune(structuralSchemaOf(kind.spec, kind.kind), spec, unknown)
      expect(unknown).toEqual([])
    }
  })

  it.each(flavors)('%s: every reference to our kinds leads to an object of the file or of the ClusterClass', name => {
    const objects = [...parse(substitute(text(name), values)), ...parse(text('clusterclass-katametal.yaml'))]
    const names = new Set(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`))
    const references = objects.flatMap(object => referencesIn(object))
    expect(references.length).toBeGreaterThan(0)
    for (const reference of references) expect(names).toContain(reference)
  })

  it.each(flavors)('%s: docs/clusterctl.md explains its variables and their flavors', name => {
    const flavor = /^cluster-template-?(.*)\.yaml$/.exec(name)?.[1] ?? ''
    const documented = documentedVariables().filter(({ takes }) => takes(flavor === '' ? 'default' : flavor))
    expect(documented.map(variable => variable.name).sort()).toEqual(variablesOf(text(name)).sort())
  })

  it('are those that docs/clusterctl.md lists', () => {
    const page = readFileSync(join(root, 'docs/clusterctl.md'), 'utf8')
    for (const name of flavors)
      expect(page).toContain(name === 'cluster-template.yaml' ? '(default)' : name.slice(17, -5))
  })

  it('keep shell and templates of others intact: nothing but variables has a dollar sign', () => {
    for (const name of flavors) expect(text(name).replace(/\$\{\w+(:=[^}]*)?\}/g, '')).not.toContain('$')
  })
})

describe('the ClusterClass', () => {
  it('has neither variables of clusterctl nor namespaces, and our templates in it are valid', () => {
    const yaml = text('clusterclass-katametal.yaml')
    expect(yaml).not.toContain('$')
    for (const object of parse(yaml)) {
      expect(object.metadata.namespace).toBeUndefined()
      const kind = allKinds.find(known => known.kind === object.kind)
      if (kind !== undefined) expect(kind.spec.safeParse(object['spec']).error?.issues).toBeUndefined()
    }
  })
})

describe('the configuration for clusterctl', () => {
  it('leads to the components in the layout of a local repository', () => {
    expect(parse(clusterctlConfig('/somewhere/out/repository', 'v0.1.0'))).toEqual([
      {
        providers: [
          {
            name: 'katametal',
            type: 'InfrastructureProvider',
            url: '/somewhere/out/repository/infrastructure-katametal/v0.1.0/infrastructure-components.yaml',
          },
        ],
      },
    ])
  })
})

const referencesIn = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  if (typeof value !== 'object' || value === null) return []
  const { apiGroup, apiVersion, kind, name } = value as Record<string, unknown>
  const group = apiGroup ?? (typeof apiVersion === 'string' ? apiVersion.split('/')[0] : undefined)
  const own =
    group === 'infrastructure.cluster.x-k8s.io' && typeof kind === 'string' && typeof name === 'string'
      ? [`${kind}/${name}`]
      : []
  return [...own, ...Object.values(value).flatMap(referencesIn)]
}

interface DocumentedVariable {
  readonly name: string
  readonly takes: (flavor: string) => boolean
}

/** The rows of the table of variables; the second column names the flavors. */
const documentedVariables = (): DocumentedVariable[] => {
  const page = readFileSync(join(root, 'docs/clusterctl.md'), 'utf8')
  const table = page.slice(page.indexOf('## Variables'), page.indexOf('## Admission'))
  return table.split('\n').flatMap(row => {
    const [, names = '', where = ''] = row.split('|').map(cell => cell.trim())
    const known = names.startsWith('`') ? names.split(',').map(name => name.trim().replaceAll('`', '')) : []
    const listed = where.replaceAll('`', '').split(/, /)
    const takes = (flavor: string): boolean => {
      if (where.startsWith('all but')) return !where.includes(`\`${flavor}\``)
      return where === 'all' || listed.includes(flavor)
    }
    return known.map(name => ({ name, takes }))
  })
}
