import { randomBytes } from 'node:crypto'
import type { KeyPair } from '../../base/certificates.js'
import type { ApiCredentials } from '../../kube/api-access.js'
import { startKubeApiServer } from './api-server.js'
import type { BedParts } from './parts.js'
import type { RunningProgram } from './processes.js'

/** What `kubeadm init` makes an API server from. */
export interface WorkloadIdentity {
  readonly authority: KeyPair
  readonly serviceAccounts: KeyPair
}

interface WorkloadServer {
  readonly port: number
  readonly identity: WorkloadIdentity
  readonly token: string
  /** Control plane Nodes that run; without one there is no API server. */
  readonly members: Set<string>
  running: Promise<RunningProgram> | undefined
}

/**
 * API servers of workload clusters, one for each control plane endpoint. A real kube-apiserver that serves with the
 * cluster CA stands for those of all control plane Nodes; it runs as long as one of these does, and keeps its data in the
 * bed's etcd.
 */
export class WorkloadServers {
  readonly #parts: BedParts
  readonly #servers = new Map<number, WorkloadServer>()

  constructor(parts: BedParts) {
    this.#parts = parts
  }

  /** A control plane Node has started: resolves, with all rights, when the API server at the endpoint's port serves. */
  async enter(port: number, identity: WorkloadIdentity, node: string): Promise<ApiCredentials> {
    const server = this.#serverAt(port, identity)
    server.members.add(node)
    server.running ??= this.#start(server)
    await server.running
    return accessOf(server)
  }

  /** A control plane Node was switched off. */
  async leave(port: number, node: string): Promise<void> {
    const server = this.#servers.get(port)
    if (server === undefined) return
    server.members.delete(node)
    const { running } = server
    if (server.members.size > 0 || running === undefined) return
    server.running = undefined
    await (await running.catch(() => undefined))?.kill()
  }

  /** All rights on the workload cluster with this endpoint, when its API server runs. */
  at(port: number): ApiCredentials | undefined {
    const server = this.#servers.get(port)
    return server?.running === undefined ? undefined : accessOf(server)
  }

  #serverAt(port: number, identity: WorkloadIdentity): WorkloadServer {
    const known = this.#servers.get(port)
    // Another CA at the same endpoint is another cluster.
    if (known?.identity.authority.cert === identity.authority.cert) return known
    const server: WorkloadServer = {
      port,
      identity,
      token: randomBytes(24).toString('base64url'),
      members: new Set(),
      running: undefined,
    }
    this.#servers.set(port, server)
    return server
  }

  #start({ port, identity, token }: WorkloadServer): Promise<RunningProgram> {
    return startKubeApiServer(this.#parts, {
      name: `workload-${port}`,
      port,
      etcdPrefix: `/workload-${port}-${token.slice(0, 8)}`,
      ...identity,
      adminToken: token,
    })
  }
}

const accessOf = ({ port, identity, token }: WorkloadServer): ApiCredentials => ({
  server: `https://127.0.0.1:${port}`,
  ca: identity.authority.cert,
  token,
})
