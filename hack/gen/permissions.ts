import { infrastructureGroup } from '../../api/infrastructure/group.js'
import { kudGroup } from '../../api/kud/group.js'
import { metalGroup } from '../../api/metal/group.js'

/** What may be done with some resources of one API group. */
export interface PolicyRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

const read = ['get', 'list', 'watch'] as const
/** What an informer does. */
const follow = ['list', 'watch'] as const
const everything = [...read, 'create', 'update', 'patch', 'delete'] as const

/** Where the manager runs, and as whom. */
export const managerNamespace = 'katametal-system'
export const managerName = 'katametal-manager'

/** In all namespaces: exactly what the controllers call, and nothing more. */
export const managerRules: readonly PolicyRule[] = [
  // Credentials, user data and kubeconfigs stand in the namespaces of hosts and Clusters; patch only labels them.
  { apiGroups: [''], resources: ['secrets'], verbs: [...read, 'patch'] },
  { apiGroups: ['cluster.x-k8s.io'], resources: ['clusters', 'machines'], verbs: follow },
  // How a remediation ended, for whoever owns the Machine.
  { apiGroups: ['cluster.x-k8s.io'], resources: ['machines/status'], verbs: ['patch'] },
  // Addresses of Machines whose spec names a pool.
  { apiGroups: ['ipam.cluster.x-k8s.io'], resources: ['ipaddressclaims'], verbs: ['get', 'create', 'patch'] },
  { apiGroups: ['ipam.cluster.x-k8s.io'], resources: ['ipaddresses'], verbs: ['get'] },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
  {
    apiGroups: [infrastructureGroup],
    resources: ['katametalclusters', 'katametalmachines', 'katametalremediations'],
    verbs: [...follow, 'patch'],
  },
  { apiGroups: [infrastructureGroup], resources: ['katametalmachinetemplates'], verbs: follow },
  {
    apiGroups: [infrastructureGroup],
    resources: [
      'katametalclusters/status',
      'katametalmachines/status',
      'katametalmachinetemplates/status',
      'katametalremediations/status',
    ],
    verbs: ['patch'],
  },
  // Its IPAddressClaims block the deletion of a KataMetalMachine.
  { apiGroups: [infrastructureGroup], resources: ['katametalmachines/finalizers'], verbs: ['update'] },
  { apiGroups: [metalGroup], resources: ['baremetalhosts'], verbs: [...read, 'patch'] },
  { apiGroups: [metalGroup], resources: ['baremetalhosts/status', 'hostfirmwares/status'], verbs: ['patch'] },
  // Objects that a host owns block its deletion, which takes this (OwnerReferencesPermissionEnforcement).
  { apiGroups: [metalGroup], resources: ['baremetalhosts/finalizers'], verbs: ['update'] },
  { apiGroups: [kudGroup], resources: ['kudprofiles'], verbs: follow },
  { apiGroups: [kudGroup], resources: ['kudprofiles/status'], verbs: ['patch'] },
  { apiGroups: [metalGroup], resources: ['firmwareprofiles'], verbs: follow },
  { apiGroups: [metalGroup], resources: ['hostfirmwares'], verbs: [...read, 'create', 'patch'] },
  { apiGroups: [metalGroup], resources: ['hostinventories'], verbs: [...read, 'create', 'update'] },
]

/** In the namespace of the manager only: leader election, and the Secret with its own keys. */
export const ownNamespaceRules: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
]

/** For Cluster API core, which clones, owns and deletes objects of our kinds (infrastructure provider contract, RBAC). */
export const clusterApiRules: readonly PolicyRule[] = [
  {
    apiGroups: [infrastructureGroup],
    resources: [
      'katametalclusters',
      'katametalclustertemplates',
      'katametalmachines',
      'katametalmachinetemplates',
      'katametalremediations',
    ],
    verbs: everything,
  },
  { apiGroups: [infrastructureGroup], resources: ['katametalremediationtemplates'], verbs: read },
]
