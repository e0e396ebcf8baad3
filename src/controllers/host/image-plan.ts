import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { KatametalError } from '../../base/errors.js'
import type { AgentPlan } from '../../deploy/protocol.js'

type ImagePlan = Extract<AgentPlan, { action: 'write-image' }>['image']

/**
 * What the agent is told about the image of a host. Pure. Throws what is wrong with it: ImageMissing, ImageUnusable, or
 * ImageChecksumMissing, also where a waived checksum would leave nothing that says whose image it is.
 */
export const imagePlanOf = ({ spec: { image } }: Pick<BareMetalHost, 'spec'>): ImagePlan => {
  if (image === undefined) throw new KatametalError('ImageMissing', { about: 'spec.image' })
  const { url, format, verifyDisk, checksumType = 'sha256' } = image
  if (format !== undefined && format !== 'raw')
    throw new KatametalError('ImageUnusable', {
      about: 'spec.image.format',
      seen: `${format} cannot be written to a disk; convert it (qemu-img convert -O raw)`,
    })
  return {
    url,
    checksumType,
    ...checksumOf(image),
    ...(verifyDisk === undefined ? {} : { verifyDisk }),
  }
}

type Image = NonNullable<BareMetalHost['spec']['image']>

const checksumOf = ({ url, checksum, checksumType = 'sha256', skipChecksum }: Image): { checksum?: string } => {
  if (checksum !== undefined) {
    if (digestForms[checksumType].test(checksum)) return { checksum: checksum.toLowerCase() }
    throw new KatametalError('ImageChecksumMissing', {
      about: 'spec.image.checksum',
      seen: `it is not a ${checksumType} digest in hex; a URL is not followed`,
    })
  }
  if (skipChecksum !== true) throw new KatametalError('ImageChecksumMissing', { about: 'spec.image.checksum' })
  if (!/^https:/i.test(url))
    throw new KatametalError('ImageChecksumMissing', {
      about: 'spec.image.skipChecksum',
      seen: 'without a checksum the image must come over https',
    })
  return {}
}

const digestForms = { sha256: /^[0-9a-f]{64}$/i, sha512: /^[0-9a-f]{128}$/i } as const
