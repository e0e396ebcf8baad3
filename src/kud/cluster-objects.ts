import type { KudProfileSpec } from '../../api/kud/kud-profile.js'
import type { KubeObject } from '../../api/meta.js'
import type { KataRow } from './matrix.js'
import { runtimeClasses } from './runtime-classes.js'
import { isTenantNamespace, type Rendered, tenantAdmission, tenantNamespaceObjects } from './tenancy.js'

/** What a workload cluster shall hold, and what of ours it shall not hold any more. */
export interface ClusterObjects {
  readonly wanted: readonly KubeObject[]
  readonly unwanted: readonly KubeObject[]
}

/** By the profile, the namespaces of the cluster, and the namespaces in which objects of ours were found. */
export const clusterObjects = (
  spec: KudProfileSpec,
  kata: KataRow,
  namespaces: readonly KubeObject[],
  ours: readonly string[],
): ClusterObjects => {
  const { tenants } = spec
  const owned = tenants === undefined ? [] : namespaces.filter(namespace => isTenantNamespace(namespace, tenants))
  const living = owned
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name)
  const wanted: Rendered[] = [
    ...tenantAdmission(spec),
    ...(tenants === undefined ? [] : living.flatMap(name => tenantNamespaceObjects(tenants, name))),
  ]
  const kept = new Set(wanted.map(idOf))
  const possible = [
    ...tenantAdmission({ ...spec, tenants: anyTenants }),
    ...unique([...living, ...ours]).flatMap(name => tenantNamespaceObjects(anyTenants, name)),
  ]
  return {
    wanted: [...runtimeClasses(spec.runtimeClasses, kata), ...wanted],
    unwanted: possible.filter(object => !kept.has(idOf(object))),
  }
}

/** A policy that makes every object that any policy can make; only their names are of interest. */
const anyTenants: NonNullable<KudProfileSpec['tenants']> = {
  namespaceLabel: 'any',
  runtimeClassName: 'any',
  enforcement: 'Deny',
  allowHostPath: false,
  defaultLimits: { cpu: '1', memory: '1Gi' },
  quota: { cpu: '1', memory: '1Gi', pods: 1 },
  networkPolicy: 'DefaultDeny',
}

const idOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`

const unique = (names: readonly string[]): string[] => [...new Set(names)]
