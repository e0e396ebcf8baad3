import { isRedfishError } from './errors.js'

/**
 * Sends a write with the ETags that services want to see, one after the other, until one is taken: the known one (or
 * none), after a refusal (412, 428) the fresh one, the fresh one as a strong tag, none, and any (`*`). The properties
 * that katametal writes are its own to decide, so that overwriting a change of somebody else loses nothing.
 */
export const withEtagLadder = async <T>(
  known: string | undefined,
  fresh: () => Promise<string | undefined>,
  send: (ifMatch: string | undefined) => Promise<T>,
): Promise<T> => {
  const tried: (string | undefined)[] = [known]
  let refusal: unknown
  try {
    return await send(known)
  } catch (error) {
    if (!isRefusal(error)) throw error
    refusal = error
  }
  const current = await fresh()
  for (const tag of [current, strong(current), undefined, '*']) {
    if (tried.includes(tag)) continue
    tried.push(tag)
    try {
      return await send(tag)
    } catch (error) {
      if (!isRefusal(error)) throw error
      refusal = error
    }
  }
  throw refusal
}

const isRefusal = (error: unknown): boolean => isRedfishError(error, 412, 428)

/** Services that compare strongly (RFC 9110 8.8.3.2) reject the very weak tag that they gave out. */
const strong = (tag: string | undefined): string | undefined => tag?.replace(/^W\//i, '')
