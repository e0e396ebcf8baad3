import { describe, expect, it } from 'vitest'
import { places, simulators } from '../../../test/support/bmc-simulators.js'
import { ask } from '../../../test/support/bmc-client.js'

const start = simulators()
const change = { json: { AssetTag: 'rack 7' } }

describe('entity tags of a BMC simulator', () => {
  it('are absent, weak or strong as the service is known to serve them', async () => {
    const tags = await Promise.all(
      (['dell', 'hpe', 'lenovo', 'supermicro'] as const).map(async persona => {
        const { bmc } = await start({ persona })
        return (await ask(bmc, 'GET', places[persona].system)).headers.etag
      }),
    )
    expect(tags[0]).toBeUndefined()
    expect(tags[1]).toMatch(/^W\/"[0-9A-F]{8}"$/)
    expect(tags[2]).toMatch(/^"[0-9a-f]{32}"$/)
    expect(tags[3]).toMatch(/^"[0-9a-f]{32}"$/)
  })

  it('follow a change and stop a write that names an old one, which changes nothing', async () => {
    const { bmc } = await start({ persona: 'supermicro' })
    const { system } = places.supermicro
    const before = (await ask(bmc, 'GET', system)).headers.etag ?? ''
    expect((await ask(bmc, 'PATCH', system, { ...change, headers: { 'If-Match': before } })).status).toBe(200)
    const after = (await ask(bmc, 'GET', system)).headers.etag
    expect(after).not.toBe(before)
    const late = { json: { AssetTag: 'rack 8' }, headers: { 'If-Match': before } }
    expect((await ask(bmc, 'PATCH', system, late)).status).toBe(412)
    expect((await ask(bmc, 'GET', system)).body.AssetTag).toBe('rack 7')
    expect((await ask(bmc, 'PATCH', system, change)).status).toBe(200)
  })

  it('are demanded with 428 by the Lenovo-like service; any tag is good there with a star', async () => {
    const { bmc } = await start({ persona: 'lenovo' })
    const { system } = places.lenovo
    expect((await ask(bmc, 'PATCH', system, change)).status).toBe(428)
    expect((await ask(bmc, 'PATCH', system, { ...change, headers: { 'If-Match': '*' } })).status).toBe(200)
  })

  it('answer 304 to a reader who has the resource already', async () => {
    const { bmc } = await start({ persona: 'lenovo' })
    const { headers } = await ask(bmc, 'GET', places.lenovo.system)
    const again = await ask(bmc, 'GET', places.lenovo.system, { headers: { 'If-None-Match': headers.etag ?? '' } })
    expect([again.status, again.text]).toEqual([304, ''])
  })

  it('are refused on actions by the Dell-like service', async () => {
    const { bmc } = await start({ persona: 'dell' })
    const reset = `${places.dell.system}/Actions/ComputerSystem.Reset`
    const refused = await ask(bmc, 'POST', reset, { json: { ResetType: 'On' }, headers: { 'If-Match': '"x"' } })
    expect(refused.status).toBe(412)
    expect((await ask(bmc, 'POST', reset, { json: { ResetType: 'On' } })).status).toBe(204)
  })
})
