import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAuthority, issueCertificate, type KeyPair } from '../../base/certificates.js'
import type { Clock } from '../../base/clock.js'
import { type Logger, silentLogger } from '../../base/log.js'
import { applyManifest, createInitialObjects } from './bootstrap.js'
import { compileRule } from './cel/rule-check.js'
import { startEventExpiry } from './event-expiry.js'
import { Faults } from './faults.js'
import { startGarbageCollector } from './collect/garbage-collector.js'
import { kubeconfigOf } from './kubeconfig.js'
import { Registry } from './registry.js'
import { Encoder } from './serve/encode.js'
import { handleRequest } from './serve/handler.js'
import type { User } from './identity.js'
import { type Access, allowAll, rbacAuthorizer } from './serve/rbac.js'
import { Storage } from './storage.js'

export interface ApiServerOptions {
  /** The data of an earlier server: with it and the same port this is a restart. A new, empty one when absent. */
  readonly storage?: Storage
  /** 0 or absent: any free port. */
  readonly port?: number
  readonly clock: Clock
  readonly log?: Logger
  /** Signs the server's certificate; one of its own (kept with the storage) when absent. */
  readonly tls?: { readonly authority: KeyPair }
  /** Whether (Cluster)Roles and bindings decide who may do what; otherwise every token may do everything. */
  readonly rbac: boolean
  /** Seed for faults with a probability. */
  readonly seed?: number
}

/** A running API server. Who may call what is in docs/embedded-api-server.md, with what it leaves out. */
export interface ApiServer {
  /** https://127.0.0.1:port */
  readonly url: string
  readonly port: number
  /** The certificate authority to trust, PEM. */
  readonly ca: string
  readonly storage: Storage
  readonly faults: Faults
  /** A new bearer token. Group system:masters may do everything. Tokens stay valid over a restart with the same storage. */
  addToken(user: User): string
  /** A kubeconfig (YAML) with a new token for the user. */
  kubeconfig(user: User): string
  /** Creates or replaces an object with all rights, in process; throws StatusError when it is not valid. */
  applyManifest(object: object): void
  /** Tells of every request about a resource that a user was allowed, with the verb that RBAC knows it by. */
  onAccess(listener: (user: User, access: Access) => void): void
  /** Breaks every connection and frees the port. The storage stays. */
  stop(): Promise<void>
}

/** Starts the embedded API server on 127.0.0.1. */
export const startApiServer = async (options: ApiServerOptions): Promise<ApiServer> => {
  const { clock, log = silentLogger, storage = new Storage() } = options
  const { identities } = storage
  const authority =
    options.tls?.authority ?? (identities.authority ??= await createAuthority('katametal lab', clock.now()))
  const pair = await issueCertificate(authority, { commonName: 'kube-apiserver', hosts: serverNames }, clock.now())
  const registry = new Registry(storage, compileRule(log), log)
  const faults = new Faults(() => storage.compact(), options.seed)
  const authorize = options.rbac ? rbacAuthorizer(storage) : allowAll
  const accessListeners: ((user: User, access: Access) => void)[] = []
  createInitialObjects({ storage, clock }, registry)
  const background = [startGarbageCollector({ storage, clock, registry, log }), startEventExpiry(storage, clock)]
  const deps = {
    storage,
    clock,
    log,
    registry,
    faults,
    identities,
    authorize,
    allowed: (user: User, access: Access) => accessListeners.forEach(listener => listener(user, access)),
    encoder: new Encoder(),
    address: () => `127.0.0.1:${port}`,
  }
  const server = createServer({ cert: pair.cert, key: pair.key, keepAliveTimeout: 120_000 }, (request, response) => {
    void handleRequest(deps, request, response)
  })
  const port = await listen(server, options.port ?? 0)
  const url = `https://127.0.0.1:${port}`
  return {
    url,
    port,
    ca: authority.cert,
    storage,
    faults,
    addToken: user => identities.issue(user),
    kubeconfig: user => kubeconfigOf(url, authority.cert, user.name, identities.issue(user)),
    onAccess: listener => {
      accessListeners.push(listener)
    },
    applyManifest: object => applyManifest({ storage, clock }, registry, object),
    stop: async () => {
      for (const end of background) end()
      registry.close()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

const serverNames = ['127.0.0.1', 'localhost', '::1', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc']

const listen = async (server: Server, port: number): Promise<number> => {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
