import { createServer, connect, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { BareMetalHost } from '../../api/metal/bare-metal-host.js'
import type { KubeObject } from '../../api/meta.js'
import { type Secret, secrets } from '../../src/kube/resource-types.js'
import { labNamespace } from '../../src/lab/lab.js'
import type { Site } from './site.js'

/** What a user does to a host with `kubectl patch --type merge`. */
export const patchHost = (site: Site, name: string, patch: object): Promise<BareMetalHost> =>
  site.hosts.mergePatch(labNamespace, name, patch)

export const patchSpec = (site: Site, name: string, spec: object): Promise<BareMetalHost> =>
  patchHost(site, name, { spec })

/** Sets annotations, or removes those that are null. */
export const annotateHost = (
  site: Site,
  name: string,
  annotations: Readonly<Record<string, string | null>>,
): Promise<BareMetalHost> => patchHost(site, name, { metadata: { annotations } })

/** Gives the credentials Secret of a host another password. */
export const changePassword = (site: Site, name: string, password: string): Promise<Secret> =>
  site.lab.client
    .resource<Secret>(secrets)
    .mergePatch(labNamespace, `${name}-bmc`, { data: { password: Buffer.from(password).toString('base64') } })

/**
 * What an `adapt` of a site is made of: for the named host, changes its spec; a host whose change is undefined is left
 * out. Hosts that are not named, and all other manifests, stay as they are.
 */
export const withSpecs =
  (specs: Readonly<Record<string, object>>) =>
  (manifest: KubeObject): KubeObject => {
    const change = manifest.kind === 'BareMetalHost' ? specs[manifest.metadata.name] : undefined
    if (change === undefined || !('spec' in manifest)) return manifest
    return Object.assign({}, manifest, { spec: merged(manifest.spec as Record<string, unknown>, change) })
  }

const merged = (one: Record<string, unknown>, other: object): Record<string, unknown> => ({
  ...one,
  ...Object.fromEntries(
    Object.entries(other).map(([key, value]: [string, unknown]) => [
      key,
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? merged((one[key] ?? {}) as Record<string, unknown>, value)
        : value,
    ]),
  ),
})

/** A TCP port on which nothing listens until it is opened; then everything is passed on to another port. */
export interface Door {
  readonly port: number
  open(): Promise<void>
  close(): Promise<void>
}

export const closedDoor = async (target: () => number): Promise<Door> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise(resolve => probe.close(resolve))
  const sockets = new Set<Socket>()
  const server: Server = createServer(socket => {
    const onward = connect(target(), '127.0.0.1')
    for (const end of [socket, onward]) {
      sockets.add(end)
      end.on('error', () => end.destroy()).on('close', () => sockets.delete(end))
    }
    socket.pipe(onward)
    onward.pipe(socket)
  })
  return {
    port,
    open: async () => {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      if (server.listening) await new Promise(resolve => server.close(resolve))
    },
  }
}
