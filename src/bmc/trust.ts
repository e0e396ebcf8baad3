import { X509Certificate } from 'node:crypto'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, createSecureContext, type TLSSocket } from 'node:tls'
import { KatametalError } from '../base/errors.js'
import type { BmcTrust } from './model.js'

export interface BmcAgents {
  /** Keeps connections for the next read; at most two. */
  readonly reads: HttpAgent
  /** A connection of its own for each request: a write must never meet a connection that died while idle. */
  readonly writes: HttpAgent
  readonly close: () => void
}

export interface AgentOptions {
  /** Host name or IP address without brackets. */
  readonly host: string
  readonly port: number
  /** undefined for plain http. */
  readonly trust: BmcTrust | undefined
  /** How long TCP connect and TLS handshake may take together. */
  readonly connectTimeoutMs: number
  /** How long an idle connection is kept. BMCs close theirs silently after some seconds. */
  readonly idleTimeoutMs: number
}

/**
 * Thrown into a request that could not even be sent, because no trusted connection came about: `error` says why.
 * Nothing has reached the BMC, so the request can be repeated whatever its method.
 */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure'
  constructor(readonly error: KatametalError) {
    super(error.message)
  }
}

/**
 * Agents that hand a connection over only when its certificate has been found trustworthy. Everything is checked
 * before the first byte of a request, so that a wrong server never sees one.
 */
export const createBmcAgents = (options: AgentOptions): BmcAgents => {
  const trusting = options.trust === undefined ? undefined : trustOf(options.trust)
  const agent = (keepAlive: boolean): HttpAgent =>
    trusting === undefined ? new TcpAgent(options, keepAlive) : new TrustingAgent(options, trusting, keepAlive)
  const reads = agent(true)
  const writes = agent(false)
  return {
    reads,
    writes,
    close: () => {
      reads.destroy()
      writes.destroy()
    },
  }
}

/** Upper or lower case, with or without colons: lower case without. */
export const normalisedFingerprint = (text: string): string => text.replaceAll(':', '').toLowerCase()

type Connected = (error: Error | null, socket: Duplex) => void

class TcpAgent extends HttpAgent {
  constructor(
    private readonly target: AgentOptions,
    keepAlive: boolean,
  ) {
    super({ keepAlive, maxSockets: 2, timeout: target.idleTimeoutMs })
  }

  override createConnection(_options: unknown, callback?: Connected): undefined {
    const socket = connectTcp({ host: this.target.host, port: this.target.port, noDelay: true })
    guard(socket, 'connect', this.target, () => undefined, callback)
  }
}

class TrustingAgent extends HttpsAgent {
  constructor(
    private readonly target: AgentOptions,
    private readonly trusting: Trusting,
    keepAlive: boolean,
  ) {
    super({ keepAlive, maxSockets: 2, timeout: target.idleTimeoutMs })
  }

  override createConnection(_options: unknown, callback?: Connected): undefined {
    const { host, port } = this.target
    const socket = connectTls({
      host,
      port,
      // RFC 6066 section 3: no SNI for IP addresses; some BMCs end the handshake when they see one.
      servername: isIP(host) === 0 ? host : '',
      secureContext: this.trusting.context,
      ALPNProtocols: ['http/1.1'],
      // Not blind trust: `refuse` looks at what was found out, before anybody gets hold of the socket.
      rejectUnauthorized: false,
    })
    socket.setNoDelay(true)
    guard(socket, 'secureConnect', this.target, () => this.trusting.refuse(socket), callback)
  }
}

/** Waits until the socket is ready, within the time allowed, and tells the agent; each way out is taken once. */
const guard = (
  socket: Socket,
  ready: 'connect' | 'secureConnect',
  target: AgentOptions,
  refuse: () => string | undefined,
  callback: Connected | undefined,
): void => {
  const about = `${target.host} port ${target.port}`
  const deadline = setTimeout(() => {
    fail(new KatametalError('BMCUnreachable', { about, seen: `no connection within ${target.connectTimeoutMs} ms` }))
  }, target.connectTimeoutMs)
  const onError = (error: NodeJS.ErrnoException) => fail(connectError(error, about))
  const onClose = () =>
    fail(new KatametalError('BMCUnreachable', { about, seen: 'closed the connection during the handshake' }))
  const fail = (error: KatametalError) => {
    release()
    socket.on('error', () => undefined)
    socket.destroy()
    callback?.(new ConnectFailure(error), socket)
  }
  const onReady = () => {
    const seen = refuse()
    if (seen !== undefined) return fail(new KatametalError('BMCCertificateRefused', { about, seen }))
    release()
    callback?.(null, socket)
  }
  const release = () => {
    clearTimeout(deadline)
    socket.off('error', onError).off('close', onClose).off(ready, onReady)
  }
  socket.on('error', onError).on('close', onClose).on(ready, onReady)
}

const connectError = (error: NodeJS.ErrnoException, about: string): KatametalError => {
  const tls = error.code === 'EPROTO' || error.code?.startsWith('ERR_SSL') === true
  return new KatametalError(tls ? 'BMCProtocol' : 'BMCUnreachable', {
    about,
    seen: tls ? `no TLS there (${error.code ?? ''})` : (error.code ?? error.message),
  })
}

interface Trusting {
  readonly context: ReturnType<typeof createSecureContext>
  /** Why the certificate is not to be trusted; undefined when it is. */
  refuse(socket: TLSSocket): string | undefined
}

const trustOf = (trust: BmcTrust): Trusting => {
  switch (trust.kind) {
    case 'system':
      return { context: createSecureContext(), refuse: unlessAuthorized }
    case 'bundle':
      return { context: contextOf(trust.pem), refuse: unlessAuthorized }
    case 'fingerprint': {
      const wanted = normalisedFingerprint(trust.sha256)
      return {
        context: createSecureContext(),
        refuse: socket => (seenFingerprint(socket) === wanted ? undefined : presented(socket)),
      }
    }
    case 'insecure':
      return { context: createSecureContext(), refuse: () => undefined }
  }
}

/** Whoever names a CA means that one, not those of the system besides. */
const contextOf = (pem: string): ReturnType<typeof createSecureContext> => {
  const refused = (seen: string) => new KatametalError('BMCCertificateRefused', { about: 'caBundle', seen })
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? []
  if (blocks.length === 0) throw refused('there is no PEM certificate in it')
  try {
    for (const block of blocks) new X509Certificate(block)
    return createSecureContext({ ca: blocks })
  } catch {
    throw refused('a certificate in it cannot be read')
  }
}

const unlessAuthorized = (socket: TLSSocket): string | undefined =>
  socket.authorized ? undefined : `${String(socket.authorizationError)}; ${presented(socket)}`

const presented = (socket: TLSSocket): string => `the certificate presented has SHA-256 ${seenFingerprint(socket)}`

const seenFingerprint = (socket: TLSSocket): string => {
  const { fingerprint256 } = socket.getPeerCertificate() as { fingerprint256?: string }
  return fingerprint256 === undefined ? 'none' : normalisedFingerprint(fingerprint256)
}
