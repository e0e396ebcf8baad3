import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { compatibilityFieldNames } from '../../../api/metal/bare-metal-host.js'
import { hostAnnotations } from '../../../api/metal/group.js'
import type { HostFacts } from './facts.js'
import { installedOf, operationOf, sameImage, wantedImage } from './operation.js'

/** The part of the facts that spec, annotations and status alone decide. Pure. */
export type Wishes = Pick<
  HostFacts,
  | 'deleting'
  | 'wantsImage'
  | 'externallyProvisioned'
  | 'installed'
  | 'operation'
  | 'operationOutdated'
  | 'recorded'
  | 'inspection'
  | 'reinspect'
  | 'rebootRequested'
  | 'wipes'
  | 'wantsNode'
  | 'powerWish'
>

export const wishesOf = (host: BareMetalHost): Wishes => {
  const { spec } = host
  const image = wantedImage(host)
  const installed = installedOf(host)
  const operation = operationOf(host)
  const settledInstall = installed !== undefined
  return {
    deleting: host.metadata.deletionTimestamp !== undefined,
    wantsImage: image !== undefined,
    externallyProvisioned: spec.externallyProvisioned === true,
    installed: installed === undefined ? 'nothing' : sameImage(installed, image) ? 'wanted' : 'other',
    operation: operation?.kind ?? 'none',
    operationOutdated: operation?.kind === 'Provision' && image !== undefined && !sameImage(operation.image, image),
    recorded: installed !== undefined && installed.operationID === operation?.id,
    inspection: spec.inspectionMode,
    reinspect: host.metadata.annotations?.[hostAnnotations.inspect] !== undefined,
    rebootRequested: newReboots(host).length > 0,
    wipes: spec.automatedCleaningMode !== 'disabled',
    wantsNode: spec.consumerRef?.kind === 'KataMetalMachine',
    powerWish: spec.online === undefined ? (settledInstall ? 'On' : undefined) : spec.online ? 'On' : 'Off',
  }
}

/**
 * Reboot requests that were not acted on yet: the plain annotation (removed when done), and those of clients,
 * `<annotation>-<client>`, which their client removes.
 */
export const newReboots = (host: BareMetalHost): string[] =>
  rebootAnnotations(host).filter(
    name => name === hostAnnotations.reboot || host.status?.handledReboots?.includes(name) !== true,
  )

export const rebootAnnotations = (host: BareMetalHost): string[] =>
  Object.keys(host.metadata.annotations ?? {}).filter(
    name => name === hostAnnotations.reboot || name.startsWith(`${hostAnnotations.reboot}-`),
  )

/** Why nothing may be done to the server now, or undefined. */
export const holdOf = (host: BareMetalHost, consumingClusterPaused: boolean): 'Paused' | 'Detached' | undefined => {
  const annotations = host.metadata.annotations ?? {}
  if (annotations[hostAnnotations.detached] !== undefined) return 'Detached'
  if (annotations[hostAnnotations.paused] !== undefined || consumingClusterPaused) return 'Paused'
  return undefined
}

/** Fields of other operators' manifests that nothing acts on; the user is told once. */
export const fieldsNotActedOn = (host: BareMetalHost): string[] =>
  compatibilityFieldNames.filter(name => host.spec[name] !== undefined && host.spec[name] !== null)
