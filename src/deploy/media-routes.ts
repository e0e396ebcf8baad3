import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { DeployContext } from './agent-routes.js'
import type { BootImage } from './boot-image.js'
import type { OpenOperation } from './operations.js'
import type { BootSettings } from './protocol.js'

export interface MediaContext extends DeployContext {
  readonly bootImage: BootImage
}

/**
 * Boot media: `/v1/media/<operation>/<token>/boot.iso` for virtual CD and UEFI HTTP boot, `/v1/netboot/<mac>` for
 * network boot of a server that is expected. GET and HEAD, with byte ranges (RFC 9110 section 14).
 */
export const mediaRoutes = (app: FastifyInstance, context: MediaContext): void => {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/v1/media/:operationID/:token/boot.iso',
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const { operationID, token } = request.params as { operationID: string; token: string }
      if (!context.tokens.isValid(token, operationID, 'media')) return refuse(reply, 404)
      const operation = context.operations.find(operationID)
      // A BMC may ask in the moment in which a restarted manager does not know its operations yet.
      return operation === undefined
        ? refuse(reply.header('retry-after', '1'), 503)
        : send(request, reply, operation, context)
    },
  })
  app.route({
    method: ['GET', 'HEAD'],
    url: '/v1/netboot/:mac',
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const operation = context.operations.awaitingBoot((request.params as { mac: string }).mac)
      return operation === undefined ? refuse(reply, 404) : send(request, reply, operation, context)
    },
  })
}

const refuse = (reply: FastifyReply, status: number) => reply.code(status).send('')

const send = (request: FastifyRequest, reply: FastifyReply, operation: OpenOperation, context: MediaContext) => {
  const { size } = context.bootImage
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
  return reply.send(context.bootImage.stream(settingsFor(operation, context), start, end))
}

const settingsFor = ({ request }: OpenOperation, { tokens, url, ca }: MediaContext): BootSettings => ({
  version: 1,
  url: `${url()}/v1/operations/${encodeURIComponent(request.id)}`,
  token: tokens.tokenFor(request.id, 'agent'),
  ca,
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
