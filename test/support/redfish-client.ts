import { type Clock, systemClock } from '../../src/base/clock.js'
import { silentLogger } from '../../src/base/log.js'
import { parseBmcAddress } from '../../src/bmc/address.js'
import type { Bmc, BmcCall } from '../../src/bmc/model.js'
import { createRedfishClient, type RedfishClient, type RedfishClientOptions } from '../../src/bmc/redfish/client.js'
import { createRedfishBmc, type RedfishBmcOptions } from '../../src/bmc/redfish/driver.js'
import { loadVendors } from '../../src/bmc/vendors.js'
import type { RedfishServer } from './redfish-server.js'

/** A call that nobody aborts. */
export const call: BmcCall = { signal: new AbortController().signal }

export const aCall = (): { call: BmcCall; abort: () => void } => {
  const controller = new AbortController()
  return { call: { signal: controller.signal }, abort: () => controller.abort() }
}

/** Pauses pass a hundred times faster; deadlines, which are longer, do not, as a busy machine would miss them. */
export const fastClock: Clock = {
  now: () => systemClock.now(),
  after: (ms, run) => systemClock.after(ms <= 10_000 ? ms / 100 : ms, run),
}

export const clientFor = async (
  server: RedfishServer,
  options: Partial<RedfishClientOptions> = {},
): Promise<RedfishClient> =>
  createRedfishClient({
    address: { https: server.origin.startsWith('https'), host: server.host, port: server.port },
    access: {
      username: 'admin',
      password: 'correct horse',
      trust: { kind: 'fingerprint', sha256: server.fingerprint },
    },
    clock: systemClock,
    log: silentLogger,
    messages: (await loadVendors()).messages,
    ...options,
  })

export const bmcFor = async (server: RedfishServer, options: Partial<RedfishBmcOptions> = {}): Promise<Bmc> =>
  createRedfishBmc({
    address: parseBmcAddress(server.origin.replace('http:', 'redfish+http:')),
    access: {
      username: 'admin',
      password: 'correct horse',
      trust: { kind: 'fingerprint', sha256: server.fingerprint },
    },
    clock: fastClock,
    log: silentLogger,
    vendors: await loadVendors(),
    ...options,
  })
