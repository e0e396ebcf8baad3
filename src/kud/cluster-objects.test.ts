import { describe, expect, it } from 'vitest'
import { profile } from '../../test/support/kud-profile.js'
import { clusterObjects } from './cluster-objects.js'
import { loadMatrix } from './data.js'
import { judge } from './judge.js'

const { kata } = judge(profile(), loadMatrix())
const namespace = (name: string, tenant: boolean, deletionTimestamp?: string) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name,
    labels: tenant ? { 'katametal.akraino.org/tenant': 'a' } : {},
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  },
})
const ids = (objects: readonly { kind: string; metadata: { name: string; namespace?: string } }[]) =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? '-'}/${metadata.name}`)
const given = (spec: Parameters<typeof profile>[0], namespaces: ReturnType<typeof namespace>[], ours: string[] = []) =>
  clusterObjects(profile(spec), kata, namespaces, ours)

describe('what a workload cluster shall hold', () => {
  it('is the runtime classes, the admission policies, and objects in the namespaces of tenants only', () => {
    const { wanted, unwanted } = given({}, [namespace('team-a', true), namespace('kube-system', false)])
    expect(ids(wanted)).toEqual([
      'RuntimeClass -/kata-qemu-runtime-rs',
      'RuntimeClass -/kata-clh-runtime-rs',
      'ValidatingAdmissionPolicy -/katametal-tenant-runtime',
      'ValidatingAdmissionPolicyBinding -/katametal-tenant-runtime',
      'ValidatingAdmissionPolicy -/katametal-tenant-isolation',
      'ValidatingAdmissionPolicyBinding -/katametal-tenant-isolation',
      'LimitRange team-a/katametal-tenant',
      'ResourceQuota team-a/katametal-tenant',
      'NetworkPolicy team-a/katametal-tenant',
      'NetworkPolicy team-a/katametal-tenant-dns',
    ])
    expect(unwanted).toEqual([])
  })

  it('leaves a namespace that is being deleted alone', () => {
    const { wanted } = given({}, [namespace('team-a', true, '2026-01-01T00:00:00Z')])
    expect(ids(wanted).filter(id => id.includes('team-a'))).toEqual([])
  })

  it('takes everything back from a namespace that is no tenant any more', () => {
    const { unwanted } = given({}, [namespace('team-a', false)], ['team-a'])
    expect(ids(unwanted)).toEqual([
      'LimitRange team-a/katametal-tenant',
      'ResourceQuota team-a/katametal-tenant',
      'NetworkPolicy team-a/katametal-tenant',
      'NetworkPolicy team-a/katametal-tenant-dns',
    ])
  })

  it('opens the network again when the profile says so', () => {
    const tenants = { runtimeClassName: 'kata-qemu-runtime-rs', networkPolicy: 'None' }
    const { unwanted } = given({ tenants }, [namespace('team-a', true)])
    expect(ids(unwanted)).toEqual([
      'NetworkPolicy team-a/katametal-tenant',
      'NetworkPolicy team-a/katametal-tenant-dns',
    ])
  })

  it('holds no policy without tenants', () => {
    const { wanted, unwanted } = given({ tenants: undefined }, [namespace('team-a', true)], ['team-a'])
    expect(ids(wanted)).toEqual(['RuntimeClass -/kata-qemu-runtime-rs', 'RuntimeClass -/kata-clh-runtime-rs'])
    expect(unwanted).toHaveLength(8)
  })
})
