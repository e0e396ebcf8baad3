import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { allKinds } from '../../api/kinds.js'
import { clusterApiRules, managerRules, ownNamespaceRules } from './permissions.js'
import { rbacFiles } from './rbac.js'

interface Manifest {
  kind: string
  metadata: { name: string; namespace?: string; labels: Record<string, string> }
  roleRef?: { kind: string; name: string }
  subjects?: { kind: string; name: string; namespace: string }[]
}

const manifests = rbacFiles().flatMap(([, text]) =>
  parseAllDocuments(text).map(document => document.toJS() as Manifest),
)
const named = (kind: string, name: string) =>
  manifests.find(manifest => manifest.kind === kind && manifest.metadata.name === name)

describe('the rights in config/rbac', () => {
  it('are bound to a ServiceAccount that is there, and to nobody else', () => {
    for (const { roleRef, subjects } of manifests.filter(({ kind }) => kind.endsWith('Binding'))) {
      expect(named(roleRef?.kind ?? '', roleRef?.name ?? '')).toBeDefined()
      expect(subjects).toHaveLength(1)
      expect(named('ServiceAccount', subjects?.[0]?.name ?? '')?.metadata.namespace).toBe(subjects?.[0]?.namespace)
    }
  })

  it('name no wildcard, no resource twice and no verb that does not exist', () => {
    const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']
    for (const rules of [managerRules, ownNamespaceRules, clusterApiRules]) {
      expect(rules.flatMap(rule => rule.verbs).filter(verb => !verbs.includes(verb))).toEqual([])
      const resources = rules.flatMap(rule =>
        rule.apiGroups.flatMap(group => rule.resources.map(name => `${group}/${name}`)),
      )
      expect(resources.filter(name => name.includes('*'))).toEqual([])
      expect(new Set(resources).size).toBe(resources.length)
    }
  })

  it('let the manager create or delete neither Secrets elsewhere nor hosts nor Machines', () => {
    const allowed = (resource: string) =>
      managerRules.filter(({ resources }) => resources.includes(resource)).flatMap(({ verbs }) => verbs)
    for (const resource of ['secrets', 'baremetalhosts', 'katametalmachines', 'machines', 'clusters'])
      expect(allowed(resource).filter(verb => ['create', 'update', 'delete'].includes(verb))).toEqual([])
  })

  it('name only resources of ours that exist', () => {
    const known = new Set(allKinds.map(({ group, plural }) => `${group}/${plural}`))
    const groups = new Set(allKinds.map(({ group }) => group))
    const used = [...managerRules, ...clusterApiRules].flatMap(({ apiGroups, resources }) =>
      apiGroups
        .filter(group => groups.has(group))
        .flatMap(group => resources.map(name => `${group}/${name.split('/')[0] ?? ''}`)),
    )
    expect(used.length).toBeGreaterThan(10)
    expect(used.filter(name => !known.has(name))).toEqual([])
  })

  it('give Cluster API core by aggregation what it needs on every kind of the contract', () => {
    expect(named('ClusterRole', 'katametal-cluster-api')?.metadata.labels).toMatchObject({
      'cluster.x-k8s.io/aggregate-to-manager': 'true',
    })
    const covered = clusterApiRules.flatMap(({ resources }) => resources)
    expect(covered.toSorted()).toEqual(
      allKinds
        .filter(({ group }) => group === 'infrastructure.cluster.x-k8s.io')
        .map(({ plural }) => plural)
        .toSorted(),
    )
  })
})
