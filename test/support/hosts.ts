import type { BareMetalHost, BareMetalHostStatus } from '../../api/metal/bare-metal-host.js'

/** A BareMetalHost as the API server returns it, with defaults filled in. */
export const aHost = (
  spec: Partial<BareMetalHost['spec']> = {},
  more: { annotations?: Record<string, string>; status?: BareMetalHostStatus; deletionTimestamp?: string } = {},
): BareMetalHost => ({
  apiVersion: 'metal.akraino.org/v1alpha1',
  kind: 'BareMetalHost',
  metadata: {
    namespace: 'edge',
    name: 'one',
    uid: 'uid-1',
    resourceVersion: '10',
    generation: 3,
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...(more.annotations === undefined ? {} : { annotations: more.annotations }),
    ...(more.deletionTimestamp === undefined ? {} : { deletionTimestamp: more.deletionTimestamp }),
  },
  spec: {
    bmc: { address: 'redfish://192.0.2.1', credentialsName: 'one-bmc' },
    bootMode: 'UEFI',
    automatedCleaningMode: 'metadata',
    inspectionMode: 'fast',
    ...spec,
  },
  ...(more.status === undefined ? {} : { status: more.status }),
})
