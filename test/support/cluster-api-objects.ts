import type { Cluster, Machine } from '../../api/cluster-api.js'
import { machineFinalizer } from '../../api/infrastructure/group.js'
import type { KataMetalCluster } from '../../api/infrastructure/kata-metal-cluster.js'
import type { KataMetalMachine } from '../../api/infrastructure/kata-metal-machine.js'
import type { Condition, ObjectMeta, OwnerReference } from '../../api/meta.js'
import type { BareMetalHost } from '../../api/metal/bare-metal-host.js'
import type { HostInventory, HostInventorySpec } from '../../api/metal/host-inventory.js'

/** Small valid objects for tests of the Cluster API controllers; each takes what a test cares about. */
const meta = (name: string, overrides: Partial<ObjectMeta> = {}): ObjectMeta => ({
  name,
  namespace: 'site',
  uid: `uid-${name}`,
  resourceVersion: '1',
  generation: 1,
  ...overrides,
})

const core = 'cluster.x-k8s.io/v1beta2'

export const clusterObject = (overrides: Partial<Cluster> = {}, name = 'blue'): Cluster => ({
  apiVersion: core,
  kind: 'Cluster',
  metadata: meta(name),
  spec: {
    controlPlaneEndpoint: { host: '192.0.2.1', port: 6443 },
    infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'KataMetalCluster', name },
  },
  status: { initialization: { infrastructureProvisioned: true, controlPlaneInitialized: true } },
  ...overrides,
})

export const ownerReference = (kind: 'Cluster' | 'Machine', name: string, controller = true): OwnerReference => ({
  apiVersion: core,
  kind,
  name,
  uid: `uid-${name}`,
  controller,
})

export const kataMetalClusterObject = (
  overrides: Omit<Partial<KataMetalCluster>, 'metadata'> & { metadata?: Partial<ObjectMeta> } = {},
  name = 'blue',
): KataMetalCluster => ({
  apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
  kind: 'KataMetalCluster',
  spec: { failureDomainLabel: 'topology.kubernetes.io/zone' },
  ...overrides,
  metadata: meta(name, {
    ownerReferences: [ownerReference('Cluster', name, false)],
    labels: { 'cluster.x-k8s.io/cluster-name': name },
    ...overrides.metadata,
  }),
})

export const machineObject = (
  overrides: Omit<Partial<Machine>, 'metadata'> & { metadata?: Partial<ObjectMeta> } = {},
  name = 'blue-1',
): Machine => ({
  apiVersion: core,
  kind: 'Machine',
  spec: {
    clusterName: 'blue',
    bootstrap: { dataSecretName: `${name}-bootstrap` },
    infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', kind: 'KataMetalMachine', name },
  },
  ...overrides,
  metadata: meta(name, { labels: { 'cluster.x-k8s.io/cluster-name': 'blue' }, ...overrides.metadata }),
})

export const kataMetalMachineObject = (
  overrides: Omit<Partial<KataMetalMachine>, 'metadata'> & { metadata?: Partial<ObjectMeta> } = {},
  name = 'blue-1',
): KataMetalMachine => ({
  apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
  kind: 'KataMetalMachine',
  spec: { image: { url: 'http://images.test/os.raw', checksum: 'ab', checksumType: 'sha256' } },
  ...overrides,
  metadata: meta(name, {
    uid: `uid-kmm-${name}`,
    ownerReferences: [ownerReference('Machine', name)],
    labels: { 'cluster.x-k8s.io/cluster-name': 'blue' },
    finalizers: [machineFinalizer],
    ...overrides.metadata,
  }),
})

export const hostObject = (
  name: string,
  {
    metadata = {},
    spec = {},
    status = {},
  }: {
    metadata?: Partial<ObjectMeta>
    spec?: Partial<BareMetalHost['spec']>
    status?: Partial<NonNullable<BareMetalHost['status']>>
  } = {},
): BareMetalHost => ({
  apiVersion: 'metal.akraino.org/v1alpha1',
  kind: 'BareMetalHost',
  metadata: meta(name, metadata),
  spec: {
    bmc: { address: `https://${name}.test`, credentialsName: `${name}-bmc` },
    bootMode: 'UEFI',
    automatedCleaningMode: 'metadata',
    inspectionMode: 'fast',
    ...spec,
  },
  status: { state: 'Available', poweredOn: false, ...status },
})

export const inventoryObject = (name: string, spec: HostInventorySpec): HostInventory => ({
  apiVersion: 'metal.akraino.org/v1alpha1',
  kind: 'HostInventory',
  metadata: meta(name),
  spec,
})

export const condition = (
  type: string,
  status: Condition['status'],
  reason = type,
  message = `${type} is ${status}.`,
): Condition => ({ type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' })
