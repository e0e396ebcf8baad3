import { afterEach, describe, expect, it } from 'vitest'
import { bmcFor, call } from '../../../test/support/redfish-client.js'
import { machine, managerPath, systemPath } from '../../../test/support/redfish-machine.js'
import { type RedfishServer, reply, startRedfishServer } from '../../../test/support/redfish-server.js'
import type { Bmc } from '../model.js'

let server: RedfishServer
let bmc: Bmc
afterEach(async () => {
  await bmc.close()
  await server.stop()
})

const ref = (path: string) => ({ '@odata.id': path })
const selPath = `${managerPath}/LogServices/Sel`
const entriesPath = `${selPath}/Entries`

const start = async (entries: Record<string, unknown>, more: Record<string, unknown> = {}, system: object = {}) => {
  server = await startRedfishServer({
    resources: {
      ...machine({ manager: { LogServices: ref(`${managerPath}/LogServices`) }, system: { ...system } }),
      [`${managerPath}/LogServices`]: { Members: [ref(selPath)] },
      [selPath]: { '@odata.id': selPath, Id: 'Sel', Entries: ref(entriesPath) },
      [entriesPath]: entries,
      ...more,
    },
  })
  bmc = await bmcFor(server)
}
const entry = (id: number, second = id) => ({
  '@odata.id': `${entriesPath}/${id}`,
  Id: String(id),
  Created: new Date(Date.UTC(2024, 0, 1, 0, 0, second)).toISOString(),
  Severity: 'OK',
  Message: `event ${id}`,
})
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const ids = async (limit: number, log?: string) =>
  (await bmc.readLogs({ limit, log }, call)).entries.map(one => Number(one.id))
const asked = () => server.requests.filter(one => one.path.startsWith(entriesPath)).map(one => one.path)

describe('logs', () => {
  it('come newest first, whichever way the service lists them', async () => {
    await start({ Members: range(1, 5).map(id => entry(id)) })
    expect(await ids(3)).toEqual([5, 4, 3])
  })

  it('of a service that lists the newest first are read no further than it takes', async () => {
    await start({ Members: [entry(100), entry(99)], 'Members@odata.nextLink': `${entriesPath}?$skip=2` })
    expect(await ids(2)).toEqual([100, 99])
    expect(asked()).toEqual([entriesPath])
  })

  it('of a service that lists the oldest first are read from the page that the newest begin on', async () => {
    await start({
      'Members@odata.count': 90_000,
      Members: [entry(1), entry(2)],
      'Members@odata.nextLink': `${entriesPath}?$skip=2`,
    })
    server.on('GET', `${entriesPath}?$skip=89998`, reply(200, { Members: [entry(89_999), entry(90_000)] }))
    expect(await ids(2)).toEqual([90_000, 89_999])
    expect(asked()).toEqual([entriesPath, `${entriesPath}?$skip=89998`])
  })

  it('are read page after page where the pages have no numbers', async () => {
    await start(
      { Members: [entry(1), entry(2)], 'Members@odata.nextLink': { '@odata.id': `${entriesPath}/more` } },
      {
        [`${entriesPath}/more`]: { Members: [entry(3)] },
      },
    )
    expect(await ids(2)).toEqual([3, 2])
  })

  it('that are mere references cost one request for each entry wanted', async () => {
    await start(
      { Members: range(1, 40).map(id => ref(`${entriesPath}/${id}`)) },
      Object.fromEntries(range(1, 40).map(id => [`${entriesPath}/${id}`, entry(id)])),
    )
    expect(await ids(3)).toEqual([40, 39, 38])
    expect(asked()).toHaveLength(4)
  })

  it('with one broken entry have the others', async () => {
    await start({ Members: [ref(`${entriesPath}/1`), ref(`${entriesPath}/2`)] }, { [`${entriesPath}/1`]: entry(1) })
    server.on('GET', `${entriesPath}/2`, reply(200, '{"Id": "2", "Message":'))
    const { entries, problems } = await bmc.readLogs({ limit: 5 }, call)
    expect(entries.map(one => one.message)).toEqual(['event 1'])
    expect(problems).toMatchObject([{ about: `${entriesPath}/2` }])
  })

  it('whose pages turn in a circle end', async () => {
    await start({ Members: [entry(2)], 'Members@odata.nextLink': entriesPath })
    expect(await ids(50)).toEqual([2, 2])
  })

  it('of the system and of the manager are merged, and one of them can be asked for alone', async () => {
    const other = `${systemPath}/LogServices/IML`
    await start(
      { Members: [entry(1, 10), entry(2, 30)] },
      {
        [`${systemPath}/LogServices`]: { Members: [ref(other), ref(`${systemPath}/LogServices/Gone`)] },
        [other]: { Id: 'IML', Entries: ref(`${other}/Entries`) },
        [`${other}/Entries`]: { Members: [entry(7, 20)] },
      },
      { LogServices: ref(`${systemPath}/LogServices`) },
    )
    const { entries, logs, problems } = await bmc.readLogs({ limit: 10 }, call)
    expect(entries.map(one => `${one.log} ${one.id}`)).toEqual(['Sel 2', 'IML 7', 'Sel 1'])
    expect(logs).toEqual(['IML', 'Sel'])
    expect(problems).toMatchObject([{ about: `${systemPath}/LogServices/Gone` }])
    expect(await ids(10, 'iml')).toEqual([7])
  })

  it('of one Id are told apart by whose they are', async () => {
    const other = `${systemPath}/LogServices/Sel`
    await start(
      { Members: [entry(1)] },
      {
        [`${systemPath}/LogServices`]: { Members: [ref(other)] },
        [other]: { Id: 'Sel', Entries: ref(`${other}/Entries`) },
        [`${other}/Entries`]: { Members: [entry(2)] },
      },
      { LogServices: ref(`${systemPath}/LogServices`) },
    )
    expect((await bmc.readLogs({ limit: 10 }, call)).logs).toEqual(['System/Sel', 'Manager/Sel'])
    expect(await ids(10, 'sel')).toEqual([2, 1])
    expect(await ids(10, 'manager/sel')).toEqual([1])
  })

  it('of a server without any are empty', async () => {
    await start({ Members: [] })
    expect(await bmc.readLogs({ limit: 5 }, call)).toEqual({ entries: [], logs: ['Sel'], problems: [] })
  })
})
