import { describe, expect, it } from 'vitest'
import { simulators } from '../../../test/support/bmc-simulators.js'
import { ask, credentials, read } from '../../../test/support/bmc-client.js'
import type { BmcSimulator } from './simulator.js'

const start = simulators()
const accounts = '/redfish/v1/AccountService/Accounts'
const made = { UserName: 'viewer', Password: 'look-but-touch', RoleId: 'ReadOnly' }

const as = (bmc: BmcSimulator, username: string, password: string) => {
  const basic = Buffer.from(`${username}:${password}`).toString('base64')
  return (method: string, path: string, json?: unknown) =>
    ask(bmc, method, path, { headers: { Authorization: `Basic ${basic}` }, login: false, json })
}

const change = (bmc: BmcSimulator, path: string, json: unknown) =>
  ask(bmc, 'PATCH', path, { json, headers: { 'If-Match': '*' } })

describe('accounts of a BMC simulator', () => {
  it('show the one that the simulator was started with, never a password', async () => {
    for (const [persona, id] of [
      ['dell', '2'],
      ['hpe', '1'],
    ] as const) {
      const { bmc } = await start({ persona })
      expect(await read(bmc, `${accounts}/${id}`)).toMatchObject({
        UserName: credentials.username,
        Password: null,
        RoleId: 'Administrator',
      })
    }
  })

  it('are made by POST, log in at once, and are gone after DELETE', async () => {
    const { bmc } = await start({ persona: 'hpe' })
    const { status, headers, text } = await ask(bmc, 'POST', accounts, { json: made })
    expect([status, headers.location]).toEqual([201, `${accounts}/2`])
    expect(text).not.toContain(made.Password)
    const viewer = as(bmc, made.UserName, made.Password)
    expect((await viewer('GET', '/redfish/v1/Systems')).status).toBe(200)
    expect((await ask(bmc, 'DELETE', `${accounts}/2`)).status).toBe(204)
    expect((await viewer('GET', '/redfish/v1/Systems')).status).toBe(401)
    expect((await read(bmc, accounts))['Members@odata.count']).toBe(1)
  })

  it('are not made without name, password and role, nor twice, nor with a short password or an unknown role', async () => {
    const { bmc } = await start({ persona: 'lenovo' })
    await ask(bmc, 'POST', accounts, { json: made })
    for (const [json, id] of [
      [{ UserName: 'x', Password: made.Password }, 'PropertyMissing'],
      [made, 'ResourceAlreadyExists'],
      [{ ...made, UserName: 'x', Password: 'short' }, 'PropertyValueFormatError'],
      [{ ...made, UserName: 'x', RoleId: 'Emperor' }, 'PropertyValueNotInList'],
    ] as const) {
      const { status, body } = await ask(bmc, 'POST', accounts, { json })
      expect([status, body.error['@Message.ExtendedInfo'][0].MessageId]).toEqual([400, `Base.1.12.${id}`])
    }
    expect((await read(bmc, accounts))['Members@odata.count']).toBe(2)
  })

  it('are filled into and emptied from fixed slots by PATCH where POST is refused', async () => {
    const { bmc } = await start({ persona: 'dell' })
    expect((await ask(bmc, 'POST', accounts, { json: made })).status).toBe(405)
    const slot = `${accounts}/3`
    expect((await change(bmc, slot, { ...made, Enabled: true })).status).toBe(200)
    const viewer = as(bmc, made.UserName, made.Password)
    expect((await viewer('GET', '/redfish/v1/Systems')).status).toBe(200)
    expect((await ask(bmc, 'DELETE', slot)).status).toBe(405)
    await change(bmc, slot, { UserName: '' })
    expect((await viewer('GET', '/redfish/v1/Systems')).status).toBe(401)
  })

  it('cannot log in while they are disabled, and end their sessions so', async () => {
    const { bmc } = await start({ persona: 'hpe' })
    await ask(bmc, 'POST', accounts, { json: made })
    const { headers } = await ask(bmc, 'POST', '/redfish/v1/SessionService/Sessions', { json: made, login: false })
    await change(bmc, `${accounts}/2`, { Enabled: false })
    const token = { 'X-Auth-Token': String(headers['x-auth-token']) }
    expect((await ask(bmc, 'GET', '/redfish/v1/Systems', { headers: token, login: false })).status).toBe(401)
    expect(bmc.sessions).toBe(0)
  })

  it('may do what their role allows: reading for ReadOnly, power for Operator, accounts for Administrator', async () => {
    const { bmc } = await start({ persona: 'hpe' })
    await ask(bmc, 'POST', accounts, { json: made })
    await ask(bmc, 'POST', accounts, { json: { ...made, UserName: 'operator', RoleId: 'Operator' } })
    const reset = '/redfish/v1/Systems/1/Actions/ComputerSystem.Reset'
    const viewer = as(bmc, 'viewer', made.Password)
    const operator = as(bmc, 'operator', made.Password)
    const insert = '/redfish/v1/Managers/1/VirtualMedia/2/Actions/VirtualMedia.InsertMedia'
    expect((await viewer('POST', reset, { ResetType: 'On' })).status).toBe(403)
    expect((await operator('POST', insert, { Image: 'https://x/boot.iso' })).status).toBe(403)
    expect((await operator('POST', reset, { ResetType: 'On' })).status).toBe(204)
    expect((await operator('POST', accounts, { ...made, UserName: 'x' })).status).toBe(403)
    expect((await operator('GET', `${accounts}/1`)).status).toBe(403)
  })

  it('may read themselves and change their own password, and nothing else of themselves', async () => {
    const { bmc } = await start({ persona: 'hpe' })
    await ask(bmc, 'POST', accounts, { json: made })
    const viewer = as(bmc, made.UserName, made.Password)
    expect((await viewer('GET', `${accounts}/2`)).status).toBe(200)
    expect((await viewer('PATCH', `${accounts}/2`, { RoleId: 'Administrator' })).status).toBe(403)
    expect((await viewer('PATCH', `${accounts}/2`, { Password: 'another-word' })).status).toBe(200)
    expect((await as(bmc, made.UserName, 'another-word')('GET', '/redfish/v1/Systems')).status).toBe(200)
  })

  it('must change their password first where that is asked, and can', async () => {
    const { bmc } = await start({ persona: 'hpe' })
    await ask(bmc, 'POST', accounts, { json: made })
    await change(bmc, `${accounts}/2`, { PasswordChangeRequired: true })
    const login = await ask(bmc, 'POST', '/redfish/v1/SessionService/Sessions', { json: made, login: false })
    expect(login.status).toBe(201)
    expect(login.body['@Message.ExtendedInfo'][0].MessageId).toBe('iLO.2.14.PasswordChangeRequired')
    const viewer = as(bmc, made.UserName, made.Password)
    const refused = await viewer('GET', '/redfish/v1/Systems')
    expect([refused.status, refused.body.error.code]).toEqual([403, 'iLO.2.14.PasswordChangeRequired'])
    expect((await viewer('PATCH', `${accounts}/2`, { Password: 'another-word' })).status).toBe(200)
    expect((await read(bmc, `${accounts}/2`)).PasswordChangeRequired).toBe(false)
    expect((await as(bmc, made.UserName, 'another-word')('GET', '/redfish/v1/Systems')).status).toBe(200)
  })

  it('have entity tags even where nothing else has, and a write against another one changes nothing', async () => {
    const { bmc } = await start({ persona: 'dell' })
    const path = `${accounts}/3`
    const { etag } = (await ask(bmc, 'GET', path)).headers
    expect(etag).toMatch(/^"/)
    expect((await ask(bmc, 'GET', '/redfish/v1/Systems/System.Embedded.1')).headers.etag).toBeUndefined()
    const write = (tag: string) => ask(bmc, 'PATCH', path, { json: made, headers: { 'If-Match': tag } })
    expect((await write('"stale"')).status).toBe(412)
    expect((await read(bmc, path)).UserName).toBe('')
    const taken = await write(String(etag))
    expect(taken.status).toBe(200)
    expect(taken.headers.etag).not.toBe(etag)
    expect((await ask(bmc, 'GET', path)).headers.etag).toBe(taken.headers.etag)
  })

  it('have roles that cannot be changed', async () => {
    const { bmc } = await start({ persona: 'supermicro' })
    const role = '/redfish/v1/AccountService/Roles/ReadOnly'
    expect((await read(bmc, role)).AssignedPrivileges).toEqual(['Login', 'ConfigureSelf'])
    expect((await change(bmc, role, { AssignedPrivileges: ['ConfigureUsers'] })).status).toBe(405)
  })
})
