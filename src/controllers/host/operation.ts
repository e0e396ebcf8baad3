import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { hostAnnotations } from '../../../api/metal/group.js'

/** The image of a host as an operation remembers it. */
export interface ImageIdentity {
  readonly url: string
  readonly checksum?: string
}

/**
 * One run through Provisioning or Deprovisioning. Written into an annotation before its first command, so that it
 * survives a restart of the manager; every destructive command carries its id.
 */
export interface Operation {
  readonly id: string
  readonly kind: 'Provision' | 'Deprovision'
  readonly image?: ImageIdentity
}

/** What is on the disk, as written into an annotation; survives `clusterctl move`, which drops status. */
export interface Installed extends ImageIdentity {
  readonly operationID: string
  readonly time: string
}

export const operationOf = (host: BareMetalHost): Operation | undefined => {
  const value = parseAnnotation(host, hostAnnotations.operation)
  if (typeof value?.['id'] !== 'string') return undefined
  const kind = value['kind']
  if (kind !== 'Provision' && kind !== 'Deprovision') return undefined
  const image = imageOf(value['image'])
  return { id: value['id'], kind, ...(image === undefined ? {} : { image }) }
}

export const installedOf = (host: BareMetalHost): Installed | undefined => {
  const value = parseAnnotation(host, hostAnnotations.installed)
  const image = imageOf(value)
  if (image === undefined || typeof value?.['operationID'] !== 'string') return undefined
  return { ...image, operationID: value['operationID'], time: typeof value['time'] === 'string' ? value['time'] : '' }
}

/** The image that the spec wants now. */
export const wantedImage = (host: BareMetalHost): ImageIdentity | undefined => imageOf(host.spec.image)

export const sameImage = (one: ImageIdentity | undefined, other: ImageIdentity | undefined): boolean =>
  one?.url === other?.url && one?.checksum === other?.checksum

const parseAnnotation = (host: BareMetalHost, name: string): Record<string, unknown> | undefined => {
  const text = host.metadata.annotations?.[name]
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const imageOf = (value: unknown): ImageIdentity | undefined => {
  if (typeof value !== 'object' || value === null || !('url' in value) || typeof value.url !== 'string')
    return undefined
  return {
    url: value.url,
    ...('checksum' in value && typeof value.checksum === 'string' ? { checksum: value.checksum } : {}),
  }
}
