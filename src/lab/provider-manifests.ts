import { join } from 'node:path'
import type { KubeObject } from '../../api/meta.js'
import { packageRoot } from '../base/package-root.js'
import { readManifests } from './kubernetes/manifests.js'

export const managerNamespace = 'katametal-system'
export const managerServiceAccount = 'katametal-manager'

/** What `kubectl apply -f config/...` brings: the namespace, CRDs, the rights of the manager and of core, and policies. */
export const providerManifests = async (): Promise<KubeObject[]> => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: managerNamespace } },
  ...(await readManifests(join(packageRoot(), 'config/crd'))),
  ...(await readManifests(join(packageRoot(), 'config/rbac'))),
  ...(await readManifests(join(packageRoot(), 'config/policies'))),
]
