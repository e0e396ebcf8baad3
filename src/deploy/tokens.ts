import { createHmac, timingSafeEqual } from 'node:crypto'

/** What a token opens. A token for one purpose is worthless for another. */
export type TokenPurpose = 'agent' | 'first-boot' | 'media'

/**
 * Bearer tokens of operations: HMAC-SHA256 of purpose and operation id under the manager's own key. A manager that was
 * restarted with the same key knows the tokens of a running agent again without having stored any.
 */
export interface Tokens {
  tokenFor(operationID: string, purpose: TokenPurpose): string
  /** Takes the same time for every wrong token of the right length. */
  isValid(token: string | undefined, operationID: string, purpose: TokenPurpose): boolean
}

/** `key` is at least 32 random bytes. */
export const createTokens = (key: Buffer): Tokens => {
  const tokenFor = (operationID: string, purpose: TokenPurpose): string =>
    createHmac('sha256', key).update(`${purpose}\0${operationID}`).digest('base64url')
  return {
    tokenFor,
    isValid: (token, operationID, purpose) => {
      const wanted = Buffer.from(tokenFor(operationID, purpose))
      const given = Buffer.from(token ?? '')
      return given.length === wanted.length && timingSafeEqual(given, wanted)
    },
  }
}
