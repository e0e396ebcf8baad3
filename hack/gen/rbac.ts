import { clusterApiRules, managerName, managerNamespace, managerRules, ownNamespaceRules } from './permissions.js'
import { yamlFile } from './yaml.js'

const labels = { 'cluster.x-k8s.io/provider': 'infrastructure-katametal' }
const source = 'hack/gen/permissions.ts'
const apiGroup = 'rbac.authorization.k8s.io'
const apiVersion = `${apiGroup}/v1`
const subjects = [{ kind: 'ServiceAccount', name: managerName, namespace: managerNamespace }]
const own = { name: managerName, namespace: managerNamespace, labels }
const everywhere = { name: managerName, labels }

/** config/rbac: the ServiceAccount of the manager with its rights, and what Cluster API core needs on our kinds. */
export const rbacFiles = (): [path: string, text: string][] => [
  ['config/rbac/service-account.yaml', yamlFile(source, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: own })],
  [
    'config/rbac/manager-role.yaml',
    yamlFile(
      source,
      { apiVersion, kind: 'ClusterRole', metadata: everywhere, rules: managerRules },
      {
        apiVersion,
        kind: 'ClusterRoleBinding',
        metadata: everywhere,
        roleRef: { apiGroup, kind: 'ClusterRole', name: managerName },
        subjects,
      },
    ),
  ],
  [
    'config/rbac/own-namespace-role.yaml',
    yamlFile(
      source,
      { apiVersion, kind: 'Role', metadata: own, rules: ownNamespaceRules },
      {
        apiVersion,
        kind: 'RoleBinding',
        metadata: own,
        roleRef: { apiGroup, kind: 'Role', name: managerName },
        subjects,
      },
    ),
  ],
  [
    'config/rbac/cluster-api-role.yaml',
    yamlFile(source, {
      apiVersion,
      kind: 'ClusterRole',
      metadata: {
        name: 'katametal-cluster-api',
        labels: { ...labels, 'cluster.x-k8s.io/aggregate-to-manager': 'true' },
      },
      rules: clusterApiRules,
    }),
  ],
]
