import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { rfc3339 } from '../base/clock.js'
import type { DeployContext } from './agent-routes.js'
import type { BootImage } from './boot-image.js'
import type { OpenOperation } from './operations.js'
import type { BootSettings } from './protocol.js'

/** What servers boot the deploy agent from. */
export interface BootImages {
  /** A CD for BIOS and UEFI. */
  readonly iso: BootImage
  /** The same as one EFI program, for UEFI HTTP boot and PXE; network boot gets the CD when absent. */
  readonly efi?: BootImage
}

export interface MediaContext extends DeployContext {
  readonly bootImages: BootImages
}

/**
 * Boot media: `/v1/media/<operation>/<token>/boot.iso` (or `boot.efi`) for virtual CD and UEFI HTTP boot;
 * `/v1/netboot/<mac>` for network boot of a server that is expected, and `/v1/netboot/<mac>/settings` for an agent that
 * was booted from an image without settings. GET and HEAD, with byte ranges (RFC 9110 section 14).
 */
export const mediaRoutes = (app: FastifyInstance, context: MediaContext): void => {
  const { iso, efi } = context.bootImages
  const route = (url: string, handler: (request: FastifyRequest, reply: FastifyReply) => unknown) =>
    app.route({
      method: ['GET', 'HEAD'],
      url,
      exposeHeadRoute: false,
      handler: async (request, reply) => handler(request, reply),
    })
  const media = (image: BootImage) => (request: FastifyRequest, reply: FastifyReply) => {
    const { operationID, token } = request.params as { operationID: string; token: string }
    if (!context.tokens.isValid(token, operationID, 'media')) return refuse(reply, 404)
    if (context.operations.hasEnded(operationID)) return refuse(reply, 410)
    const operation = context.operations.find(operationID)
    // A BMC may ask in the moment in which a restarted manager does not know its operations yet.
    return operation === undefined
      ? refuse(reply.header('retry-after', '1'), 503)
      : send(request, reply, image, operation, context)
  }
  route('/v1/media/:operationID/:token/boot.iso', media(iso))
  if (efi !== undefined) route('/v1/media/:operationID/:token/boot.efi', media(efi))
  route('/v1/netboot/:mac', (request, reply) => {
    const operation = context.operations.awaitingBoot((request.params as { mac: string }).mac)
    return operation === undefined ? refuse(reply, 404) : send(request, reply, efi ?? iso, operation, context)
  })
  route('/v1/netboot/:mac/settings', (request, reply) => {
    const operation = context.operations.awaitingBoot((request.params as { mac: string }).mac)
    return operation === undefined
      ? refuse(reply, 404)
      : reply.header('cache-control', 'no-store').send(settingsFor(operation, context))
  })
}

const refuse = (reply: FastifyReply, status: number) => reply.code(status).send('')

const send = (
  request: FastifyRequest,
  reply: FastifyReply,
  image: BootImage,
  operation: OpenOperation,
  context: MediaContext,
) => {
  const { size } = image
  const range = parseRange(request.headers.range, size)
  if (range === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${size}`).send('')
  const { start, end } = range ?? { start: 0, end: size - 1 }
  reply
    .code(range === undefined ? 200 : 206)
    .header('content-type', 'application/octet-stream')
    .header('content-length', end - start + 1)
    .header('accept-ranges', 'bytes')
    .header('cache-control', 'no-store')
  if (range !== undefined) reply.header('content-range', `bytes ${start}-${end}/${size}`)
  if (request.method === 'HEAD') return reply.send()
  return reply.send(image.stream(settingsFor(operation, context), start, end))
}

const settingsFor = ({ request, openedAt }: OpenOperation, { tokens, url, ca }: MediaContext): BootSettings => ({
  version: 1,
  url: `${url()}/v1/operations/${encodeURIComponent(request.id)}`,
  token: tokens.tokenFor(request.id, 'agent'),
  ca,
  time: rfc3339(openedAt),
  ...(request.mac === undefined ? {} : { mac: request.mac }),
  ...(request.network === undefined ? {} : { network: request.network }),
})

/** A single byte range; several ranges and malformed ones are ignored, as RFC 9110 allows. */
export const parseRange = (
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'unsatisfiable' | undefined => {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null) return undefined
  const [first, last] = [match[1] ?? '', match[2] ?? '']
  if (first === '' && last === '') return undefined
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return start >= size ? 'unsatisfiable' : end < start ? undefined : { start, end }
}
