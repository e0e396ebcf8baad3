import type { ErrorCode } from '../../base/errors.js'

/** The part of the bootstrap Secret that is looked at; the data itself goes to the host by reference. */
export interface BootstrapSecret {
  readonly data?: Readonly<Record<string, string>>
}

/**
 * Why the bootstrap data cannot be used: the Secret or its key `value` is missing, or its `format` is one that the
 * images cannot consume. A missing format is cloud-config (contract of bootstrap providers). Never shows data.
 */
export const bootstrapProblem = (
  name: string,
  secret: BootstrapSecret | undefined,
): { readonly code: ErrorCode; readonly message: string } | undefined => {
  if (secret === undefined) return { code: 'UserDataMissing', message: `The bootstrap Secret ${name} does not exist` }
  if (secret.data?.['value'] === undefined)
    return { code: 'UserDataMissing', message: `The bootstrap Secret ${name} has no key value` }
  const { format: encoded } = secret.data
  const format = encoded === undefined ? 'cloud-config' : Buffer.from(encoded, 'base64').toString('utf8').trim()
  if (format === 'cloud-config') return undefined
  const shown = /^[A-Za-z0-9._-]{1,32}$/.test(format) ? format : 'unreadable'
  return { code: 'BootstrapFormatUnknown', message: `The format of the bootstrap Secret ${name} is ${shown}` }
}
