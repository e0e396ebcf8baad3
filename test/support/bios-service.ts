import { systemClock } from '../../src/base/clock.js'
import { silentLogger } from '../../src/base/log.js'
import { createRedfishClient, type RedfishClient } from '../../src/bmc/redfish/client.js'
import type { RedfishContext } from '../../src/bmc/redfish/context.js'
import { loadVendors, noQuirks, type VendorQuirks } from '../../src/bmc/vendors.js'
import { type RedfishServer, type RedfishServerOptions, startRedfishServer } from './redfish-server.js'

export const system = '/redfish/v1/Systems/1'
export const bios = `${system}/Bios`
export const settings = `${bios}/Settings`
export const manager = '/redfish/v1/Managers/1'

/** A service with BIOS settings, without anything pending; `over` replaces or adds resources. */
export const biosTree = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  '/redfish/v1': {
    '@odata.id': '/redfish/v1/',
    Systems: { '@odata.id': '/redfish/v1/Systems' },
    Registries: { '@odata.id': '/redfish/v1/Registries' },
  },
  [system]: { '@odata.id': system, Bios: { '@odata.id': bios }, BiosVersion: '1.2.3' },
  [manager]: { '@odata.id': manager },
  [bios]: biosResource(),
  [settings]: { '@odata.id': settings, Attributes: {} },
  '/redfish/v1/Registries': { Members: [] },
  ...over,
})

/** The Bios resource; `announced` goes into `@Redfish.Settings`, `attributes` over the usual ones. */
export const biosResource = (announced: object = {}, attributes: object = {}, over: object = {}): object => ({
  '@odata.id': bios,
  AttributeRegistry: 'BiosAttributeRegistry.v1_0_0',
  Attributes: { Vt: 'Disabled', Vtd: 'Disabled', Delay: 3, Quiet: true, ...attributes },
  '@Redfish.Settings': { SettingsObject: { '@odata.id': settings }, ...announced },
  ...over,
})

/** Starts a service and opens it as identify would have left it. */
export const openBiosService = async (
  options: Pick<RedfishServerOptions, 'resources' | 'folder'> & { systemPath?: string; quirks?: VendorQuirks },
): Promise<{ server: RedfishServer; client: RedfishClient; context: RedfishContext; stop: () => Promise<void> }> => {
  const { systemPath = system, quirks = noQuirks, ...served } = options
  const server = await startRedfishServer({ ...served, tls: false, login: 'none' })
  const { messages } = await loadVendors()
  const client = createRedfishClient({
    address: { https: false, host: server.host, port: server.port },
    access: { username: 'admin', password: 'correct horse', trust: { kind: 'system' } },
    clock: systemClock,
    log: silentLogger,
    messages,
  })
  const call = { signal: new AbortController().signal }
  const context: RedfishContext = {
    systemPath,
    system: await client.get(systemPath, call),
    managerPath: manager,
    manager: await client.tryGet(manager, call),
    root: await client.root(call),
    vendor: 'generic',
    product: undefined,
    quirks,
    registries: new Map(),
    unshown: new Map(),
  }
  // What a test looks at begins here, after the login.
  server.requests.length = 0
  const stop = async () => {
    await client.close()
    await server.stop()
  }
  return { server, client, context, stop }
}
