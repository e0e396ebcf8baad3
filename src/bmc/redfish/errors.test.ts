import { beforeAll, describe, expect, it } from 'vitest'
import { failure } from '../../../test/support/redfish-server.js'
import { loadVendors, type MessageMeanings } from '../vendors.js'
import { errorOf, messagesOf, retryAfterMs } from './errors.js'
import { isObject } from './resource.js'

let meanings: MessageMeanings
beforeAll(async () => {
  meanings = (await loadVendors()).messages
})

const bodyOf = (body: unknown) => (isObject(body) ? body : undefined)
const error = (status: number, body?: unknown) =>
  errorOf({ status, body: bodyOf(body), retryAfterMs: undefined }, 'GET /redfish/v1/Thing', meanings)

describe('the messages of an answer', () => {
  it('are known by the last component of their id, whatever registry and version it names', () => {
    const ids = ['Base.1.8.0.ResourceInUse', 'iLO.2.14.ResourceInUse', 'ResourceInUse']
    expect(messagesOf(failure(...ids.map(MessageId => ({ MessageId })))).map(one => one.key)).toEqual(
      Array(3).fill('ResourceInUse'),
    )
  })

  it('may be one object where a list belongs', () => {
    const info = { MessageId: 'IDRAC.2.8.SYS403', Message: 'There is no such thing.' }
    expect(messagesOf({ error: { '@Message.ExtendedInfo': info } })).toMatchObject([{ key: 'SYS403' }])
  })

  it('may stand beside the property that they are about', () => {
    expect(messagesOf({ 'Boot@Message.ExtendedInfo': [{ MessageId: 'X' }] })).toMatchObject([{ key: 'X' }])
  })

  it('may have the string "[]" for arguments, and pointers with or without # and slash', () => {
    const [one] = messagesOf(
      failure({ MessageId: 'X', MessageArgs: '[]', RelatedProperties: ['#/Attributes/A', '/Attributes/B', 'C', 7] }),
    )
    expect(one).toMatchObject({ args: [], relatedProperties: ['/Attributes/A', '/Attributes/B', '/C'] })
  })

  it('lose the path of every URL that they quote, because that of a boot medium holds a token', () => {
    const [one] = messagesOf(
      failure({
        MessageId: 'X',
        Message:
          "Cannot mount 'https://admin:pw@10.0.0.9:8443/v1/media/op/token/boot.iso?x=1#y' from https://10.0.0.9.",
        MessageArgs: ['https://10.0.0.9:8443/v1/media/op/token/boot.iso', 'Image'],
      }),
    )
    expect(one?.message).toBe("Cannot mount 'https://10.0.0.9:8443/...' from https://10.0.0.9.")
    expect(one?.args).toEqual(['https://10.0.0.9:8443/...', 'Image'])
    expect(messagesOf({ error: { message: 'ftp://10.0.0.9/a/b is not there' } })[0]?.message).toBe(
      'ftp://10.0.0.9/... is not there',
    )
  })

  it('may be only the general one of the error', () => {
    expect(messagesOf({ error: { code: 'Base.1.0.GeneralError', message: 'No.' } })).toMatchObject([
      { key: 'GeneralError', message: 'No.' },
    ])
  })

  it.each([
    undefined,
    null,
    {},
    [],
    'text',
    { error: 'text' },
    { error: { '@Message.ExtendedInfo': 'text' } },
    { Members: [] },
  ])('of %j are none, or one without words, but never a crash', body => {
    expect(messagesOf(body).filter(one => one.message !== '')).toEqual([])
  })
})

describe('an answer with an error status', () => {
  it.each<[number, string]>([
    [400, 'BMCRejected'],
    [401, 'BMCLoginRefused'],
    [403, 'BMCForbidden'],
    [404, 'BMCNotFound'],
    [405, 'BMCUnsupported'],
    [409, 'BMCRejected'],
    [410, 'BMCNotFound'],
    [412, 'BMCPrecondition'],
    [428, 'BMCPrecondition'],
    [429, 'BMCBusy'],
    [500, 'BMCRejected'],
    [501, 'BMCUnsupported'],
    [503, 'BMCBusy'],
    [504, 'BMCConnectionLost'],
    [599, 'BMCRejected'],
  ])('%i without words is %s', (status, code) => {
    expect(error(status)).toMatchObject({ code, status, about: 'GET /redfish/v1/Thing', seen: `HTTP ${status}` })
  })

  it.each<[string, number, string, string]>([
    ['a session limit of iDRAC', 503, 'IDRAC.2.8.RAC0218', 'BMCSessionLimit'],
    ['the standard session limit', 400, 'Base.1.8.SessionLimitExceeded', 'BMCSessionLimit'],
    ['a busy iDRAC', 500, 'IDRAC.2.8.SYS518', 'BMCBusy'],
    ['an iLO during POST', 400, 'iLO.2.14.UnableToModifyDuringSystemPOST', 'BMCBusy'],
    ['an iLO in a state of its own', 400, 'iLO.2.14.InvalidOperationForSystemState', 'BMCBusy'],
    ['a login that iLO refuses with 400', 400, 'iLO.2.14.UnauthorizedLoginAttempt', 'BMCLoginRefused'],
    ['a password that must be changed', 403, 'Base.1.8.PasswordChangeRequired', 'BMCForbidden'],
    [
      'an image server that wants a login, which is none of ours',
      400,
      'Base.1.8.ResourceAtUriUnauthorized',
      'BMCRejected',
    ],
  ])('means %s by its message', (_what, status, MessageId, code) => {
    expect(error(status, failure({ MessageId })).code).toBe(code)
  })

  it('repeats the words of the BMC, each once and not without end', () => {
    const body = failure({ MessageId: 'A', Message: 'No.' }, { MessageId: 'B', Message: 'No.' }, { MessageId: 'C' })
    expect(error(400, body).seen).toBe('HTTP 400: No. C')
    expect(error(400, failure({ MessageId: 'A', Message: 'x'.repeat(5000) })).seen?.length).toBeLessThan(600)
  })
})

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1)
  it.each([
    ['7', 7000],
    [' 0 ', 0],
    [new Date(now + 5000).toUTCString(), 5000],
    [new Date(now - 5000).toUTCString(), 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('%s means %s ms', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected)
  })
})
