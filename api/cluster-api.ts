import type { Condition, KubeObject } from './meta.js'

/**
 * The kinds of Cluster API core (contract v1beta2), as far as katametal reads them. Their CRDs belong to Cluster API;
 * everything is optional that its schema does not demand.
 */
export const clusterApiGroup = 'cluster.x-k8s.io'
export const clusterApiVersion = 'v1beta2'

/** On Machines, with an empty value: the Machine is part of the control plane. */
export const controlPlaneLabel = 'cluster.x-k8s.io/control-plane'

/** Conditions of Machines that health checks and remediations talk by (cluster-api core/v1beta2, machine_types.go). */
export const machineHealthConditions = {
  /** Set by MachineHealthCheck: False asks for a remediation. */
  healthCheckSucceeded: 'HealthCheckSucceeded',
  /** False asks the owner of the Machine to replace it. */
  ownerRemediated: 'OwnerRemediated',
  /** Begun by MachineHealthCheck as False, then kept by the external remediation. */
  externallyRemediated: 'ExternallyRemediated',
} as const

/** Labels that name the set of Machines a Machine belongs to; the first that is present names it best. */
export const machinePoolLabels = [
  'cluster.x-k8s.io/control-plane-name',
  'cluster.x-k8s.io/deployment-name',
  'cluster.x-k8s.io/set-name',
] as const

/** A reference of contract v1beta2: no version, no namespace (it is that of the object that refers). */
export interface ContractReference {
  apiGroup: string
  kind: string
  name: string
}

export interface ControlPlaneEndpoint {
  host?: string
  port?: number
}

export interface Cluster extends KubeObject {
  spec?: {
    paused?: boolean
    controlPlaneEndpoint?: ControlPlaneEndpoint
    infrastructureRef?: ContractReference
    controlPlaneRef?: ContractReference
  }
  status?: {
    initialization?: { infrastructureProvisioned?: boolean; controlPlaneInitialized?: boolean }
    failureDomains?: { name: string; controlPlane?: boolean; attributes?: Record<string, string> }[]
    phase?: string
    conditions?: Condition[]
  }
}

export interface MachineAddress {
  type: 'Hostname' | 'ExternalIP' | 'InternalIP' | 'ExternalDNS' | 'InternalDNS'
  address: string
}

export interface Machine extends KubeObject {
  spec?: {
    clusterName?: string
    bootstrap?: { dataSecretName?: string; configRef?: ContractReference }
    infrastructureRef?: ContractReference
    providerID?: string
    failureDomain?: string
    version?: string
  }
  status?: {
    initialization?: { infrastructureProvisioned?: boolean; bootstrapDataSecretCreated?: boolean }
    nodeRef?: { name: string }
    addresses?: MachineAddress[]
    failureDomain?: string
    phase?: string
    conditions?: Condition[]
  }
}
