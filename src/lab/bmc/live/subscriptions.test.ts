import { describe, expect, it } from 'vitest'
import { simulators } from '../../../../test/support/bmc-simulators.js'
import { ask, read } from '../../../../test/support/bmc-client.js'

const start = simulators()
const collection = '/redfish/v1/EventService/Subscriptions'
const wanted = { Destination: 'https://listener/events', Protocol: 'Redfish', Context: 'katametal' }

describe('event subscriptions of a BMC simulator', () => {
  it('are made, shown, changed and removed', async () => {
    const { bmc } = await start({ persona: 'lenovo' })
    const { status, headers } = await ask(bmc, 'POST', collection, { json: wanted })
    expect([status, headers.location]).toEqual([201, `${collection}/1`])
    expect(await read(bmc, `${collection}/1`)).toMatchObject(wanted)
    const context = { json: { Context: 'other' }, headers: { 'If-Match': '*' } }
    expect((await ask(bmc, 'PATCH', `${collection}/1`, context)).status).toBe(200)
    expect((await read(bmc, `${collection}/1`)).Context).toBe('other')
    expect((await ask(bmc, 'DELETE', `${collection}/1`)).status).toBe(204)
    expect((await read(bmc, collection)).Members).toEqual([])
  })

  it('need a destination that is a URL, and the protocol Redfish', async () => {
    const { bmc } = await start({ persona: 'lenovo' })
    for (const [json, id] of [
      [{ Protocol: 'Redfish' }, 'PropertyMissing'],
      [{ ...wanted, Destination: 'nowhere' }, 'PropertyValueFormatError'],
      [{ ...wanted, Protocol: 'SNMPv2c' }, 'PropertyValueNotInList'],
    ] as const) {
      const { status, body } = await ask(bmc, 'POST', collection, { json })
      expect([status, body.error['@Message.ExtendedInfo'][0].MessageId]).toEqual([400, `Base.1.12.${id}`])
    }
    expect((await ask(bmc, 'POST', collection, { text: '{' })).status).toBe(400)
    expect((await read(bmc, collection)).Members).toEqual([])
  })

  it('are refused with a delivery retry policy by the HPE-like service only', async () => {
    const json = { ...wanted, DeliveryRetryPolicy: 'RetryForever' }
    const statuses = await Promise.all(
      (['hpe', 'dell'] as const).map(async persona => {
        const { bmc } = await start({ persona })
        return (await ask(bmc, 'POST', collection, { json })).status
      }),
    )
    expect(statuses).toEqual([400, 201])
  })
})
