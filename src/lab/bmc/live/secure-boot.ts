import type { BmcContext } from '../context.js'

/** A changed SecureBootEnable comes into force at the next start (SecureBoot.v1 SecureBootCurrentBoot). */
export const applySecureBoot = ({ tree, parts, journal }: BmcContext): void => {
  if (parts.secureBoot === undefined) return
  tree.update(parts.secureBoot, body => {
    const state = body['SecureBootEnable'] === true ? 'Enabled' : 'Disabled'
    if (body['SecureBootCurrentBoot'] === state) return body
    journal.note(`secure boot ${state}`)
    return { ...body, SecureBootCurrentBoot: state }
  })
}

/** Whether something is set that is not in force. */
export const secureBootWaits = ({ tree, parts }: BmcContext): boolean => {
  const body = parts.secureBoot === undefined ? undefined : tree.body(parts.secureBoot)
  return body !== undefined && (body['SecureBootEnable'] === true) !== (body['SecureBootCurrentBoot'] === 'Enabled')
}
