import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type HostInventorySpec, hostInventorySpecSchema } from '../../api/metal/host-inventory.js'
import { systemClock } from '../../src/base/clock.js'
import { run } from '../../src/cli/program.js'
import { hasTree, unpackTree } from '../support/captured-trees.js'
import { type PlainRedfish, type PlainRedfishOptions, servePlainly } from '../support/plain-redfish.js'
import { startRedfishServer } from '../support/redfish-server.js'
import { testConsole } from '../support/test-console.js'
import { factsOfTree } from './facts-of-tree.js'
import { summaryOf } from './summary.js'

interface Golden {
  readonly gets: number
  readonly inspect: unknown
  readonly doctor: Readonly<Record<string, string>>
}

const goldens = parse(readFileSync(join(import.meta.dirname, 'trees.yaml'), 'utf8')) as Record<string, Golden>

const katametal = async (verb: string, port: number) => {
  const console = testConsole({ KATAMETAL_BMC_USERNAME: 'admin', KATAMETAL_BMC_PASSWORD: 'correct horse' })
  const line = ['bmc', verb, `redfish+http://127.0.0.1:${port}`, '--timeout', '120', '-o', 'json']
  const exit = await run(line, console, systemClock)
  expect({ exit, err: console.text.err }).toEqual({ exit: 0, err: '' })
  return JSON.parse(console.text.out) as unknown
}

const serials = (items: readonly { serialNumber?: string | undefined }[] = []): (string | undefined)[] =>
  items
    .map(one => one.serialNumber)
    .filter(one => one !== undefined)
    .sort()

for (const [name, golden] of Object.entries(goldens))
  describe.skipIf(!hasTree(name))(`the captured tree ${name}`, () => {
    let folder = ''
    let remove: () => void = () => undefined
    beforeAll(() => ({ folder, remove } = unpackTree(name)), 120_000)
    afterAll(() => remove())

    const plainly = async <T>(options: PlainRedfishOptions, use: (server: PlainRedfish) => Promise<T>): Promise<T> => {
      const server = await servePlainly(folder, options)
      try {
        return await use(server)
      } finally {
        await server.stop()
      }
    }
    const inspected = (options: PlainRedfishOptions = {}) =>
      plainly(options, async ({ port }) => hostInventorySpecSchema.parse(await katametal('inspect', port)))

    it('is inspected as its vendor describes it, from a server of files that can do nothing but GET', async () => {
      expect(summaryOf(await inspected())).toEqual(golden.inspect)
    }, 120_000)

    it('has the parts that stand in its files, each by its serial number or address', async () => {
      const facts = factsOfTree(folder)
      const seen: HostInventorySpec = await inspected({ writes: 405, basic: 'admin:correct horse' })
      expect((seen.nics ?? []).map(one => one.mac).sort()).toEqual(facts.macs)
      expect(serials(seen.memory?.modules)).toEqual(facts.dimmSerials)
      expect(serials(seen.storage?.drives)).toEqual(facts.driveSerials)
      expect(serials(seen.powerSupplies)).toEqual(facts.powerSupplySerials)
      expect(seen.pcieDevices).toHaveLength(facts.pcieNames)
    }, 120_000)

    it.each([404, 501] as const)(
      'is the same to a service that answers %i to any query',
      async queries => {
        expect(summaryOf(await inspected({ queries, writes: 404 }))).toEqual(golden.inspect)
      },
      120_000,
    )

    it('is the same in few requests where the service expands collections', async () => {
      const server = await startRedfishServer({ folder, expand: true, login: 'none', tls: false })
      try {
        const seen = hostInventorySpecSchema.parse(await katametal('inspect', server.port))
        expect(summaryOf(seen)).toEqual(golden.inspect)
        const gets = server.requests.filter(one => one.method === 'GET').length
        expect(gets).toBeLessThanOrEqual(golden.gets)
      } finally {
        await server.stop()
      }
    }, 120_000)

    it('has a doctor who says what works, with evidence', async () => {
      const rows = (await plainly({}, ({ port }) => katametal('doctor', port))) as { check: string; seen: string }[]
      const seen = Object.fromEntries(rows.map(row => [row.check, row.seen]))
      for (const [check, says] of Object.entries(golden.doctor)) expect(`${check}: ${seen[check]}`).toContain(says)
    }, 120_000)
  })
