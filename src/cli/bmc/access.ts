import { readFile } from 'node:fs/promises'
import { KatametalError } from '../../base/errors.js'
import type { BmcAccess, BmcTrust } from '../../bmc/model.js'
import type { Console } from '../console.js'
import type { BmcFlags } from './flags.js'

type AccessFlags = Pick<BmcFlags, 'username' | 'passwordFile' | 'ca' | 'fingerprint' | 'insecure'>

/**
 * User name, password and trust from flags, environment or a person. A password is never taken from the command line,
 * where every user of the machine could read it. Throws UsageInvalid when nobody can be asked, FileInvalid.
 */
export const readAccess = async (flags: AccessFlags, console: Console): Promise<BmcAccess> => {
  const trust = await readTrust(flags)
  const username =
    flags.username ?? filled(console.environment['KATAMETAL_BMC_USERNAME']) ?? (await asked(console, 'Username', true))
  const password =
    flags.passwordFile === undefined
      ? (filled(console.environment['KATAMETAL_BMC_PASSWORD']) ?? (await asked(console, 'Password', false)))
      : await readPassword(flags.passwordFile)
  return { username, password, trust }
}

const filled = (text: string | undefined): string | undefined => (text === '' ? undefined : text)

const asked = async ({ ask }: Console, what: 'Username' | 'Password', echo: boolean): Promise<string> => {
  if (ask === undefined)
    throw new KatametalError('UsageInvalid', {
      about: what.toLowerCase(),
      seen: `KATAMETAL_BMC_${what.toUpperCase()} is not set, and standard input is no terminal to ask on`,
    })
  return ask(`${what}: `, echo)
}

/** The first line; editors end files with a line break that is not part of the password. */
const readPassword = async (path: string): Promise<string> => {
  const [line = ''] = (await readText(path)).split(/\r?\n/, 1)
  if (line === '') throw new KatametalError('FileInvalid', { about: path, seen: 'its first line is empty' })
  return line
}

const readTrust = async ({ ca, fingerprint, insecure }: AccessFlags): Promise<BmcTrust> => {
  if (insecure === true) return { kind: 'insecure' }
  if (ca !== undefined) return { kind: 'bundle', pem: await readText(ca) }
  if (fingerprint === undefined) return { kind: 'system' }
  const sha256 = fingerprint
    .replace(/^sha-?256[:=]/i, '')
    .replaceAll(':', '')
    .toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(sha256))
    throw new KatametalError('UsageInvalid', { about: '--fingerprint', seen: 'not 64 hex digits' })
  return { kind: 'fingerprint', sha256 }
}

const readText = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new KatametalError('FileInvalid', {
      about: path,
      seen: error instanceof Error ? error.message : String(error),
    })
  }
}
