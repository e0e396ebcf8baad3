import { afterEach, describe, expect, it } from 'vitest'
import { bios, biosTree, manager, openBiosService, settings, system } from '../../../test/support/bios-service.js'
import { fastClock } from '../../../test/support/redfish-client.js'
import { reply, replyError } from '../../../test/support/redfish-server.js'
import { secureBootSetting as name } from '../../firmware/model.js'
import type { BiosValue } from '../model.js'
import { loadVendors, type VendorQuirks } from '../vendors.js'
import { readBios, writeBios } from './bios.js'

const call = { signal: new AbortController().signal }
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

const secure = `${system}/SecureBoot`
const resource = (over: object = {}) => ({
  '@odata.id': secure,
  SecureBootEnable: false,
  SecureBootCurrentBoot: 'Disabled',
  SecureBootMode: 'UserMode',
  ...over,
})
const withSecureBoot = (over: object = {}, more: Record<string, unknown> = {}) =>
  biosTree({
    [system]: { '@odata.id': system, Bios: { '@odata.id': bios }, SecureBoot: { '@odata.id': secure } },
    [secure]: resource(over),
    ...more,
  })

const open = async (resources: Record<string, unknown>, quirks?: VendorQuirks) => {
  const { server, client, context, stop } = await openBiosService({ resources, ...(quirks && { quirks }) })
  stops.push(stop)
  return {
    server,
    read: () => readBios(client, context, call),
    write: (wishes: Record<string, BiosValue>) => writeBios(client, context, wishes, fastClock, call),
    writes: () =>
      server.requests
        .filter(({ method }) => method !== 'GET')
        .map(({ method, path, body }) => [method, path, body] as const),
  }
}

describe('secure boot', () => {
  it('stands among the settings as what is in force, and as pending when something else is set', async () => {
    const { read } = await open(withSecureBoot({ SecureBootEnable: true }))
    expect(await read()).toMatchObject({ attributes: { [name]: false, Vt: 'Disabled' }, pending: { [name]: true } })
  })

  it('is what is set where nothing tells what is in force', async () => {
    const { read } = await open(withSecureBoot({ SecureBootEnable: true, SecureBootCurrentBoot: undefined }))
    expect(await read()).toMatchObject({ attributes: { [name]: true }, pending: {} })
  })

  it.each([
    ['there is no such resource', biosTree()],
    ['it does not say', withSecureBoot({ SecureBootEnable: null })],
    ['the link leads nowhere', withSecureBoot({}, { [secure]: undefined })],
  ])('is left to BIOS attributes when %s', async (_what, tree) => {
    const { read } = await open(tree)
    const { attributes } = await read()
    expect(attributes).not.toHaveProperty([name])
    expect(attributes).toHaveProperty('Vt')
  })

  it.each([401, 403, 500])('is left to BIOS attributes when its resource answers %d', async status => {
    const { server, read } = await open(withSecureBoot())
    server.on('GET', secure, replyError(status, 'Whatever'))
    expect((await read()).attributes).not.toHaveProperty([name])
  })

  it('is written to its own resource, beside the attributes, and read back', async () => {
    const { read, write, writes } = await open(withSecureBoot())
    expect(await write({ [name]: true, Vt: 'Enabled' })).toEqual({ accepted: ['Vt', name], refused: [] })
    expect(writes()).toEqual([
      ['PATCH', secure, { SecureBootEnable: true }],
      ['PATCH', settings, { Attributes: { Vt: 'Enabled' } }],
    ])
    expect((await read()).pending).toEqual({ [name]: true, Vt: 'Enabled' })
  })

  it('is not written when it is set so already', async () => {
    const { write, writes } = await open(withSecureBoot({ SecureBootEnable: true }))
    expect((await write({ [name]: true })).accepted).toEqual([name])
    expect(writes()).toEqual([])
  })

  it('is written to the settings object that the resource names, or to the resource when that takes no writes', async () => {
    const announced = { '@Redfish.Settings': { SettingsObject: { '@odata.id': `${secure}/Settings` } } }
    const place = { [`${secure}/Settings`]: { '@odata.id': `${secure}/Settings`, SecureBootEnable: false } }
    const { server, write, writes } = await open(withSecureBoot(announced, place))
    await write({ [name]: true })
    server.resources.set(`${secure}/Settings`, { SecureBootEnable: false })
    server.on('PATCH', `${secure}/Settings`, replyError(405, 'OperationNotAllowed'))
    await write({ [name]: true })
    expect(writes().map(([, path]) => path)).toEqual([`${secure}/Settings`, `${secure}/Settings`, secure])
  })

  it('is reported as refused in the words of the BMC, and the attributes are still written', async () => {
    const { server, write, writes } = await open(withSecureBoot())
    server.on('PATCH', secure, replyError(400, { MessageId: 'Base.1.8.X', Message: 'Not in legacy boot mode.' }))
    expect(await write({ [name]: true, Vt: 'Enabled' })).toMatchObject({
      accepted: ['Vt'],
      refused: [{ attribute: name, message: expect.stringContaining('Not in legacy boot mode.') }],
    })
    expect(writes().map(([, path]) => path)).toEqual([secure, settings])
  })

  it('gets the job without which it would stay pending', async () => {
    const dell = (await loadVendors()).vendors.find(({ vendor }) => vendor === 'dell')?.quirks
    const jobs = `${manager}/Jobs`
    const made = { '@odata.id': `${jobs}/JID_2`, JobState: 'Scheduled', JobType: 'BIOSConfiguration' }
    const tree = withSecureBoot({}, { [jobs]: { '@odata.id': jobs, Members: [] }, [`${jobs}/JID_2`]: made })
    const { server, write, writes } = await open(tree, dell)
    server.on('POST', jobs, reply(200, undefined, { Location: `${jobs}/JID_2` }))
    expect((await write({ [name]: true })).job).toBe(`${jobs}/JID_2`)
    expect(writes().map(([method, path]) => [method, path])).toEqual([
      ['PATCH', secure],
      ['POST', jobs],
    ])
  })

  it('is refused by katametal itself where it cannot be written', async () => {
    const { write, writes } = await open(biosTree())
    expect((await write({ [name]: true })).refused).toEqual([
      { attribute: name, message: 'there is no SecureBoot resource' },
    ])
    expect(writes()).toEqual([])
  })
})
