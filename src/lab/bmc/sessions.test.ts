import { describe, expect, it } from 'vitest'
import { simulators } from '../../../test/support/bmc-simulators.js'
import { ask, credentials } from '../../../test/support/bmc-client.js'
import type { BmcSimulator } from './simulator.js'

const start = simulators()
const collection = '/redfish/v1/SessionService/Sessions'

const login = (bmc: BmcSimulator, password = credentials.password) =>
  ask(bmc, 'POST', collection, { json: { UserName: credentials.username, Password: password }, login: false })

const withToken = (bmc: BmcSimulator, token: unknown, method = 'GET', path = '/redfish/v1/Systems') =>
  ask(bmc, method, path, { headers: { 'X-Auth-Token': String(token) }, login: false })

describe('sessions of a BMC simulator', () => {
  it('begin with a login, open the service and end with DELETE', async () => {
    const { bmc } = await start()
    const { status, headers, body } = await login(bmc)
    expect(status).toBe(201)
    expect(body).toMatchObject({ UserName: credentials.username, '@odata.id': headers.location })
    const token = headers['x-auth-token']
    expect((await withToken(bmc, token)).status).toBe(200)
    expect((await withToken(bmc, token, 'GET', collection)).body.Members).toEqual([{ '@odata.id': headers.location }])
    expect((await withToken(bmc, token, 'DELETE', String(headers.location))).status).toBe(200)
    expect((await withToken(bmc, token)).status).toBe(401)
    expect(bmc.sessions).toBe(0)
  })

  it('are ended with 204 where the service is not known to say more', async () => {
    const { bmc } = await start({ persona: 'lenovo' })
    const { headers } = await login(bmc)
    const { status, text } = await withToken(bmc, headers['x-auth-token'], 'DELETE', String(headers.location))
    expect([status, text]).toEqual([204, ''])
  })

  it('are refused with a wrong password, which the journal tells', async () => {
    const { bmc } = await start()
    expect((await login(bmc, 'wrong')).status).toBe(401)
    expect(bmc.journal.happened).toEqual(['login refused'])
    expect((await withToken(bmc, 'made-up')).status).toBe(401)
    const basic = Buffer.from('root:wrong').toString('base64')
    const headers = { Authorization: `Basic ${basic}` }
    expect((await ask(bmc, 'GET', '/redfish/v1/Systems', { headers, login: false })).status).toBe(401)
  })

  it('run out, which the Dell-like service says with a 503 of its own', async () => {
    const { bmc } = await start({ persona: 'dell' })
    for (let count = 0; count < 8; count++) expect((await login(bmc)).status).toBe(201)
    const { status, body } = await login(bmc)
    expect(status).toBe(503)
    expect(body.error['@Message.ExtendedInfo'].MessageId).toBe('IDRAC.2.8.RAC0218')
  })

  it('end when they are not used for as long as the service allows, and live on while they are', async () => {
    const { bmc, clock } = await start({ persona: 'hpe' })
    const { headers } = await login(bmc)
    for (let count = 0; count < 3; count++) {
      await clock.advance(25_000)
      expect((await withToken(bmc, headers['x-auth-token'])).status).toBe(200)
    }
    await clock.advance(31_000)
    expect((await withToken(bmc, headers['x-auth-token'])).status).toBe(401)
    expect(bmc.sessions).toBe(0)
  })

  it('go on when the password changes, while new logins need the new one', async () => {
    const { bmc } = await start()
    const { headers } = await login(bmc)
    bmc.changeCredentials({ username: credentials.username, password: 'another' })
    expect((await withToken(bmc, headers['x-auth-token'])).status).toBe(200)
    expect((await login(bmc)).status).toBe(401)
    expect((await login(bmc, 'another')).status).toBe(201)
  })
})
