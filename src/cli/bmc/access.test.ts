import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { testConsole } from '../../../test/support/test-console.js'
import { readAccess } from './access.js'

const folder = mkdtempSync(join(tmpdir(), 'katametal-access-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const environment = { KATAMETAL_BMC_USERNAME: 'root', KATAMETAL_BMC_PASSWORD: 'from-environment' }
const hex = '5e'.repeat(32)

describe('user name and password', () => {
  it('come from the environment', async () => {
    expect(await readAccess({}, testConsole(environment))).toEqual({
      username: 'root',
      password: 'from-environment',
      trust: { kind: 'system' },
    })
  })

  it('come from flag and file first; of the file only its first line counts, spaces included', async () => {
    const flags = { username: 'admin', passwordFile: file('password', ' p w \r\nsecond line\n') }
    expect(await readAccess(flags, testConsole(environment))).toMatchObject({ username: 'admin', password: ' p w ' })
  })

  it('are asked for on a terminal, the password without showing it', async () => {
    const console = testConsole({}, { tty: true, answers: ['root', 'typed'] })
    expect(await readAccess({}, console)).toMatchObject({ username: 'root', password: 'typed' })
    expect(console.text.err).toBe('Username: Password: (hidden) ')
    expect(console.text.err).not.toContain('typed')
  })

  it('that are missing with nobody to ask are a usage error that names the variable', async () => {
    await expect(readAccess({ username: 'root' }, testConsole())).rejects.toMatchObject({
      code: 'UsageInvalid',
      seen: expect.stringContaining('KATAMETAL_BMC_PASSWORD'),
    })
    await expect(readAccess({}, testConsole({ KATAMETAL_BMC_USERNAME: '' }))).rejects.toMatchObject({
      seen: expect.stringContaining('KATAMETAL_BMC_USERNAME'),
    })
  })

  it('from an empty or missing file are refused with the name of the file', async () => {
    for (const passwordFile of [file('empty', '\n'), join(folder, 'missing')])
      await expect(readAccess({ passwordFile }, testConsole(environment))).rejects.toMatchObject({
        code: 'FileInvalid',
        about: passwordFile,
      })
  })
})

describe('trust', () => {
  const trustOf = async (flags: Parameters<typeof readAccess>[0]) =>
    (await readAccess(flags, testConsole(environment))).trust

  it.each([hex, `SHA256:${hex.toUpperCase()}`, `sha-256=${hex}`, (hex.match(/../g) ?? []).join(':')])(
    'takes the fingerprint %s',
    async fingerprint => {
      expect(await trustOf({ fingerprint })).toEqual({ kind: 'fingerprint', sha256: hex })
    },
  )

  it('refuses what is no SHA-256 fingerprint', async () => {
    await expect(trustOf({ fingerprint: '5e:01' })).rejects.toMatchObject({
      code: 'UsageInvalid',
      about: '--fingerprint',
    })
  })

  it('takes a CA from a file', async () => {
    expect(await trustOf({ ca: file('ca.pem', 'PEM') })).toEqual({ kind: 'bundle', pem: 'PEM' })
    await expect(trustOf({ ca: join(folder, 'none.pem') })).rejects.toMatchObject({ code: 'FileInvalid' })
  })

  it('is given away only on request', async () => {
    expect(await trustOf({ insecure: true })).toEqual({ kind: 'insecure' })
  })
})
