import { describe, expect, it } from 'vitest'
import { findLeaks } from '../support/leaks.js'

const secret = { what: 'the password', value: 'pass word/+&"7' }
const key = { what: 'the key', value: '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----\n' }
const leaksIn = (text: string) => findLeaks([{ where: 'here', text }], [secret, key])

describe('The search for secrets', () => {
  it.each([
    ['plain', `x ${secret.value} y`],
    ['base64', `x ${Buffer.from(secret.value).toString('base64')} y`],
    ['base64url', `x ${Buffer.from(secret.value).toString('base64url')} y`],
    ['hex', `x ${Buffer.from(secret.value).toString('hex')} y`],
    ['percent encoding', `?p=${encodeURIComponent(secret.value)}`],
    ['JSON string', JSON.stringify({ password: secret.value })],
    ['inside of base64', `Basic ${Buffer.from(`admin:${secret.value}`).toString('base64')}`],
  ])('finds one that is written in %s', (form, text) => {
    expect(leaksIn(text)).toContainEqual({ what: 'the password', where: 'here', form })
  })

  it('finds a single line of a key', () => {
    expect(leaksIn('... MIGHAgEAMBMGByqGSM49 ...')).toMatchObject([{ what: 'the key' }])
  })

  it('finds a token that stands at the end of a line', () => {
    const kubeconfig = { what: 'the kubeconfig', value: 'users:\n- user:\n    token: dG9rZW4tb2YtdGhlLWFkbWlu\n' }
    expect(findLeaks([{ where: 'here', text: 'Bearer dG9rZW4tb2YtdGhlLWFkbWlu' }], [kubeconfig])).toHaveLength(1)
    expect(findLeaks([{ where: 'here', text: 'users: - user:' }], [kubeconfig])).toEqual([])
  })

  it('finds nothing in what holds no secret', () => {
    expect(leaksIn('Secret default/dell-0-bmc lacks a key password; c29tZXRoaW5nIGVsc2UgYWx0b2dldGhlcg==')).toEqual([])
  })
})
