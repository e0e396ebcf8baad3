import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest'
import { createLogger } from '../../../src/base/log.js'
import { events, type Secret } from '../../../src/kube/resource-types.js'
import { allKinds } from '../../../api/kinds.js'
import type { KubeObject } from '../../../api/meta.js'
import { typeOf } from '../../../src/kube/resource-types.js'
import { findLeaks } from '../../support/leaks.js'
import { deedsOf } from '../deeds.js'
import type { Platform } from '../platform.js'
import { row } from '../row.js'
import { ConformanceSite } from '../site.js'

const filterLabel = 'cluster.x-k8s.io/watch-filter'

/** Rows about managers: several at once, killed, confined, and what they say. */
export const managerRows = (platform: () => Platform): void => {
  describe('managers', () => {
    let site: ConformanceSite
    const name = (suffix: string): string => `${site.namespace}-${suffix}`
    const consumersOf = async (host: string): Promise<string | undefined> =>
      (await site.hosts.get(site.namespace, host)).spec.consumerRef?.name
    const writes = (server: string): string[] =>
      site.server(server).server.journal.destructive.filter(what => what.startsWith('wrote'))

    row(27, 'of two clusters and two managers that race for one host exactly one gets it', async () => {
      site = await ConformanceSite.start(platform(), { personas: ['dell'] })
      try {
        await site.untilHosts('Available')
        await site.startManager()
        await site.addCluster('one')
        await site.addCluster('two')
        await platform().apply(
          ...['one', 'two'].flatMap(cluster => site.machineObjects(name(cluster), { cluster, controlPlane: true })),
        )
        const running = await site.until('one Machine to run', async () =>
          (await site.machines.list({ namespace: site.namespace })).find(({ status }) => status?.phase === 'Running'),
        )
        const [host] = site.fleet.machines
        expect(await consumersOf(host!.name)).toBe(running.metadata.name)
        expect(writes(host!.name)).toHaveLength(1)
        const held = await site.kataMetalMachines.list({ namespace: site.namespace })
        expect(held.filter(({ status }) => status?.host !== undefined)).toHaveLength(1)
      } finally {
        await site.stop()
      }
    })

    row(28, 'a manager that is stopped again and again in mid-provisioning writes the image once', async () => {
      site = await ConformanceSite.start(platform(), { personas: ['hpe'], speed: 20 })
      try {
        await site.untilHosts('Available')
        await site.addCluster('stop')
        await site.addMachine(name('stop'), { cluster: 'stop', controlPlane: true })
        const [host] = site.fleet.machines
        for (const state of ['Provisioning', 'Joining']) {
          await site.untilObject(site.hosts, host!.name, state, ({ status }) =>
            [state, 'Joining', 'InService'].includes(status?.state ?? ''),
          )
          await site.stopManager()
          await pause(200)
          await site.startManager()
        }
        await site.untilPhase(name('stop'), 'Running')
        expect(writes(host!.name)).toHaveLength(1)
        expect(await consumersOf(host!.name)).toBe(name('stop'))
      } finally {
        await site.stop()
      }
    })

    describe('that are confined', () => {
      beforeEach(async () => {
        site = await ConformanceSite.start(platform(), { personas: ['dell', 'lenovo'], manager: false })
      })
      afterEach(() => site.stop())

      row(35, 'a manager with a watch filter touches only what is labelled for it', async () => {
        await site.startManager({ watchFilter: 'mine' })
        await site.untilHosts('Available')
        for (const filter of ['mine', 'theirs']) {
          const metadata = { labels: { [filterLabel]: filter } }
          await site.addCluster(filter, { infrastructure: { metadata } })
          await site.addMachine(name(filter), { cluster: filter, controlPlane: true, infrastructure: { metadata } })
        }
        await site.untilPhase(name('mine'), 'Running')
        const { metadata, status } = await site.kataMetalMachines.get(site.namespace, name('theirs'))
        expect(metadata.finalizers).toBeUndefined()
        expect(status).toBeUndefined()
        const other = await site.kataMetalClusters.get(site.namespace, 'theirs')
        expect(other.status).toBeUndefined()
      })

      row(35, 'a manager with a namespace asks nothing of a BMC in another', async () => {
        const stranger = await ConformanceSite.start(platform(), { personas: ['dell'], manager: false })
        try {
          await site.startManager()
          await site.untilHosts('Available')
          expect(stranger.fleet.machines.flatMap(machine => deedsOf(machine))).toEqual([])
          expect(stranger.fleet.machines.flatMap(({ bmc }) => bmc.journal.requests)).toEqual([])
          const [host] = await stranger.hosts.list({ namespace: stranger.namespace })
          expect(host?.status).toBeUndefined()
        } finally {
          await stranger.stop()
        }
      })
    })

    describe('that talk', () => {
      const lines: string[] = []
      beforeAll(async () => {
        const log = createLogger('trace', { write: line => void lines.push(line) })
        site = await ConformanceSite.start(platform(), { personas: ['supermicro'], log })
      })
      afterAll(() => site.stop())

      row(42, 'passwords, tokens and bootstrap data are in no log line, Event, condition or object', async () => {
        const secretText = 'bootstrap-secret-of-this-row'
        await site.addCluster('quiet')
        const [secret, ...others] = site.machineObjects(name('quiet'), { cluster: 'quiet', controlPlane: true })
        const value = Buffer.from(
          `${Buffer.from(secret.data?.['value'] ?? '', 'base64').toString()}\n# ${secretText}\n`,
        ).toString('base64')
        await platform().apply({ ...secret, data: { ...secret.data, value } } as Secret, ...others)
        await site.untilPhase(name('quiet'), 'Running')
        await site.machines.delete(site.namespace, name('quiet'))
        await site.untilGone(site.machines, name('quiet'))
        const shown: KubeObject[] = []
        for (const type of [events, ...allKinds.map(typeOf)])
          shown.push(...(await platform().client.resource(type).list({ namespace: site.namespace })))
        const known = [
          { what: 'bootstrap data', value: secretText },
          { what: 'token of the API server', value: platform().credentials.token ?? '' },
          ...site.fleet.machines.map(({ password }) => ({ what: 'BMC password', value: password })),
          ...site.fleet.machines.flatMap(({ bmc }) =>
            bmc.sessionTokens.map(token => ({ what: 'session token', value: token })),
          ),
        ]
        const outputs = [
          ...lines.map((text, index) => ({ where: `log line ${index}`, text })),
          ...shown.map(object => ({ where: `${object.kind} ${object.metadata.name}`, text: JSON.stringify(object) })),
        ]
        expect(lines.length).toBeGreaterThan(50)
        expect(shown.length).toBeGreaterThan(3)
        expect(findLeaks(outputs, known)).toEqual([])
      })
    })
  })
}
