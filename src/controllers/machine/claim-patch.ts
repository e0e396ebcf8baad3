import { z } from 'zod'
import type { Machine } from '../../../api/cluster-api.js'
import { clusterNameLabel as clusterLabel, hostAnnotations } from '../../../api/metal/group.js'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { staticAddressSchema } from '../../../api/metal/bare-metal-host.js'
import type { StaticAddress } from './addresses.js'
import { claimMarks } from './annotations.js'
import { consumerRefOf } from './consumer.js'

export interface Claim {
  readonly object: KataMetalMachine
  readonly owner: Machine
  readonly clusterName: string
  /** Secret with the bootstrap data; the host reads it by reference. */
  readonly dataSecretName: string
  /** From IPAM; empty when the machine asks for none. */
  readonly addresses: readonly StaticAddress[]
}

/** Fields that a claim may set and a release puts back as they were. */
const beforeClaimSchema = z.object({
  online: z.boolean().optional(),
  firmwareProfileName: z.string().optional(),
  automatedCleaningMode: z.enum(['metadata', 'disabled']).optional(),
  networkData: z.object({ name: z.string(), namespace: z.string().optional() }).optional(),
  addresses: z.array(staticAddressSchema).optional(),
})

/**
 * The one write that claims a host: a merge patch bound to the version of the host that was judged free, so that of two
 * claims exactly one succeeds, and whole, so that no crash leaves half a claim.
 */
export const claimPatch = (
  { object, owner, clusterName, dataSecretName, addresses }: Claim,
  host: BareMetalHost,
): object => {
  const { image, networkData, firmwareProfileName, automatedCleaningMode } = object.spec
  return {
    metadata: {
      resourceVersion: host.metadata.resourceVersion,
      labels: { [clusterLabel]: clusterName, [claimMarks.claimedBy]: object.metadata.uid },
      annotations: {
        [hostAnnotations.hostname]: owner.metadata.name,
        [claimMarks.beforeClaim]: JSON.stringify(beforeClaimSchema.parse(host.spec)),
      },
    },
    spec: {
      consumerRef: consumerRefOf(object),
      online: true,
      userData: { name: dataSecretName },
      // null first: a merge patch would mix the checksum of an old image into the new one
      ...(image === undefined ? {} : { image: { checksum: null, checksumType: null, format: null, ...image } }),
      ...(networkData === undefined ? {} : { networkData: { namespace: null, ...networkData } }),
      ...(addresses.length === 0 ? {} : { addresses }),
      ...(firmwareProfileName === undefined ? {} : { firmwareProfileName }),
      ...(automatedCleaningMode === undefined ? {} : { automatedCleaningMode }),
    },
  }
}

/** Makes consumerRef and marks name the machine again after `clusterctl move` or a restore; wants nothing new. */
export const adoptPatch = (object: KataMetalMachine, clusterName: string, host: BareMetalHost): object => ({
  metadata: {
    resourceVersion: host.metadata.resourceVersion,
    labels: { [clusterLabel]: clusterName, [claimMarks.claimedBy]: object.metadata.uid },
  },
  spec: { consumerRef: consumerRefOf(object) },
})

/** First half of a release: the host shall be emptied and switched off, still in the name of the machine. */
export const emptyPatch = (host: BareMetalHost): object => ({
  metadata: { resourceVersion: host.metadata.resourceVersion },
  spec: { image: null, userData: null, online: false },
})

/** Last half of a release: the host is free again, with the settings that it had before the claim. */
export const detachPatch = (host: BareMetalHost, pool: string | undefined): object => ({
  metadata: {
    resourceVersion: host.metadata.resourceVersion,
    labels: { [clusterLabel]: null, [claimMarks.claimedBy]: null },
    annotations: {
      [hostAnnotations.hostname]: null,
      [claimMarks.beforeClaim]: null,
      ...(pool === undefined ? {} : { [claimMarks.lastPool]: pool }),
    },
  },
  spec: { consumerRef: null, image: null, userData: null, ...settingsBefore(host) },
})

const settingsBefore = (host: BareMetalHost): object => {
  const before = parseBefore(host.metadata.annotations?.[claimMarks.beforeClaim])
  if (before === undefined) return { online: null }
  const { online = null, firmwareProfileName = null, automatedCleaningMode = null } = before
  const { networkData = null, addresses = null } = before
  return { online, firmwareProfileName, automatedCleaningMode, networkData, addresses }
}

/** Undefined when there is no annotation or somebody spoilt it; then settings stay as they are. */
const parseBefore = (text: string | undefined): z.output<typeof beforeClaimSchema> | undefined => {
  if (text === undefined) return undefined
  try {
    return beforeClaimSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
