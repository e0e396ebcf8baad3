import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { labBootImage } from '../../src/lab/lab-boot-image.js'
import { freePorts } from '../../src/lab/kubernetes/ports.js'
import { managerNamespace, managerServiceAccount } from '../../src/lab/provider-manifests.js'
import { row } from '../conformance/row.js'
import { ConformanceSite } from '../conformance/site.js'
import { type ManagerProcess, spawnManager } from './manager-processes.js'
import { openRealPlatform, type RealPlatform } from './real.js'

const count = 20

describe('two managers', () => {
  let platform: RealPlatform
  let site: ConformanceSite
  const managers: ManagerProcess[] = []

  beforeAll(async () => {
    platform = await openRealPlatform()
    site = await ConformanceSite.start(platform, {
      personas: Array.from(
        { length: count },
        (_, index) => (['dell', 'hpe', 'lenovo', 'supermicro'] as const)[index % 4]!,
      ),
      speed: 10,
      manager: false,
    })
    const bootImage = join(platform.bed.folder, 'boot.img')
    await writeFile(bootImage, labBootImage())
    const [deployPort = 0] = await freePorts(1)
    const kubeconfig = await platform.bed.kubeconfigOf(managerNamespace, managerServiceAccount)
    for (const { server } of site.fleet.machines) server.netbootURL = `https://127.0.0.1:${deployPort}/v1/netboot`
    for (let index = 0; index < 2; index++)
      managers.push(spawnManager({ kubeconfig, bootImage, namespace: site.namespace, deployPort }))
  }, 120_000)
  afterAll(async () => {
    await Promise.all(managers.map(manager => manager.kill()))
    await site?.stop()
    await platform?.stop()
  })

  const explained = <T>(waiting: Promise<T>): Promise<T> =>
    waiting.catch((error: unknown) => {
      throw new Error(`${String(error)}\n${managers.map(manager => manager.tail()).join('\n--\n')}`)
    })
  const leader = () => explained(site.until('one to lead', async () => managers.find(({ leads }) => leads)))

  row(
    28,
    'of which the leader is killed while it provisions twenty hosts: the other finishes, and no image is written twice',
    async () => {
      const first = await leader()
      expect(managers.filter(({ leads }) => leads)).toHaveLength(1)
      await site.untilHosts('Available', count)
      await site.addCluster('twins')
      const name = (index: number): string => `${site.namespace}-${index}`
      for (let index = 0; index < count; index++)
        await site.addMachine(name(index), { cluster: 'twins', controlPlane: index === 0 })
      await site.until('the middle of it', async () => {
        const hosts = await site.hosts.list({ namespace: site.namespace })
        return (
          hosts.filter(({ status }) => status?.state === 'Provisioning' && status.step !== undefined).length >=
          count / 2
        )
      })
      await first.kill()
      await site.until('the other to lead', async () => managers.some(manager => manager !== first && manager.leads))
      await explained(
        site.until(
          'all Machines to run',
          async () => {
            const machines = await site.machines.list({ namespace: site.namespace })
            return machines.filter(({ status }) => status?.phase === 'Running').length === count
          },
          240_000,
        ),
      )
      for (const { server } of site.fleet.machines)
        expect(server.journal.destructive.filter(what => what.startsWith('wrote'))).toHaveLength(1)
      const consumers = (await site.hosts.list({ namespace: site.namespace })).map(({ spec }) => spec.consumerRef?.uid)
      expect(new Set(consumers).size).toBe(count)
    },
    400_000,
  )
})
