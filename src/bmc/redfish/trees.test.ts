import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostInventorySpecSchema } from '../../../api/metal/host-inventory.js'
import { hasTree, unpackTree } from '../../../test/support/captured-trees.js'
import { startRedfishServer, type RedfishServer } from '../../../test/support/redfish-server.js'
import { systemClock } from '../../base/clock.js'
import { silentLogger } from '../../base/log.js'
import { parseBmcAddress } from '../address.js'
import type { Bmc } from '../model.js'
import { loadVendors } from '../vendors.js'
import { createRedfishBmc } from './driver.js'

const call = { signal: new AbortController().signal }

interface Expectation {
  readonly identity: object
  readonly inventory: object
  readonly counts: { modules: number; nics: number; drives: number; firmware: number }
  /** Requests from the first contact to the whole inventory; $expand is answered where the tree advertises it. */
  readonly mostRequests: number
}

const trees: Readonly<Record<string, Expectation>> = {
  'dell-r750-idrac9-6.00': {
    identity: { vendor: 'dell', product: 'iDRAC9', bootMethods: ['VirtualMedia', 'Pxe'], biosSettings: true },
    inventory: {
      processors: { count: 2, cores: 36, threads: 72, architecture: 'x86_64' },
      memory: { totalMiB: 524288 },
    },
    counts: { modules: 16, nics: 7, drives: 3, firmware: 21 },
    mostRequests: 45,
  },
  'hpe-dl360-gen10plus-ilo5': {
    identity: { vendor: 'hpe', product: 'iLO 5', biosSettings: true },
    inventory: { processors: { count: 2, cores: 24 }, memory: { totalMiB: 196608 } },
    counts: { modules: 12, nics: 6, drives: 2, firmware: 23 },
    mostRequests: 30,
  },
  'intel-s2600bpb': {
    identity: { vendor: 'intel', product: 'Intel BMC', bootMethods: ['Pxe'], biosSettings: true },
    inventory: { processors: { count: 2 }, memory: { totalMiB: 49152 } },
    counts: { modules: 6, nics: 0, drives: 0, firmware: 5 },
    mostRequests: 40,
  },
  'supermicro-821ge-x13': {
    identity: { vendor: 'supermicro', product: 'Supermicro BMC', biosSettings: true },
    inventory: { processors: { count: 2, cores: 64, threads: 128 }, memory: { totalMiB: 2097152 } },
    counts: { modules: 32, nics: 12, drives: 8, firmware: 99 },
    mostRequests: 56,
  },
}

for (const [name, expected] of Object.entries(trees))
  describe.skipIf(!hasTree(name))(`the captured tree ${name}`, () => {
    let server: RedfishServer
    let bmc: Bmc
    let remove: () => void = () => undefined

    beforeAll(async () => {
      const tree = unpackTree(name)
      remove = tree.remove
      server = await startRedfishServer({ folder: tree.folder, expand: true })
      bmc = createRedfishBmc({
        address: parseBmcAddress(`redfish-virtualmedia://127.0.0.1:${server.port}`),
        access: { username: 'admin', password: 'correct horse', trust: { kind: 'bundle', pem: server.ca } },
        clock: systemClock,
        log: silentLogger,
        vendors: await loadVendors(),
      })
    }, 120_000)
    afterAll(async () => {
      await bmc.close()
      await server.stop()
      remove()
    })

    it('is recognised', async () => {
      const identity = await bmc.identify(call)
      expect(identity).toMatchObject(expected.identity)
      expect(identity.power).toBe('On')
      expect(identity.resetTypes).toContain('ForceRestart')
    })

    it('gives an inventory that fits the schema of HostInventory', async () => {
      const inventory = await bmc.readInventory(call)
      expect(() => hostInventorySpecSchema.parse(inventory)).not.toThrow()
      expect(inventory).toMatchObject(expected.inventory)
      expect({
        modules: inventory.memory?.modules?.length,
        nics: inventory.nics?.length,
        drives: inventory.storage?.drives?.length,
        firmware: inventory.firmware?.length,
      }).toEqual(expected.counts)
      expect(server.requests.length).toBeLessThanOrEqual(expected.mostRequests)
    })

    it('can be asked about power, boot override and virtual media', async () => {
      expect(await bmc.readPower(call)).toBe('On')
      expect(await bmc.readBootOverride(call)).toMatchObject({ enabled: 'Disabled' })
    })

    it('is left without a session of ours', async () => {
      await bmc.close()
      expect(server.sessions.size).toBe(0)
    })
  })
