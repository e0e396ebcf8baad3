import { isKatametalError } from '../../base/errors.js'
import type { BmcCall } from '../model.js'
import type { RedfishResource } from './resource.js'

type Read = (path: string, call: BmcCall) => Promise<RedfishResource>

/** Reads like `read`; what is not there as it was linked is asked for once more as the service spells its beginning. */
export const readAsSpelled = (read: Read): Read => {
  const spellings = createSpellings()
  const learning: Read = async (path, call) => {
    const resource = await read(path, call)
    spellings.learn(path)
    return resource
  }
  return async (path, call) => {
    try {
      return await learning(path, call)
    } catch (error) {
      const other = isKatametalError(error, 'BMCNotFound') ? spellings.respell(path) : undefined
      if (other === undefined) throw error
      return learning(other, call)
    }
  }
}

/**
 * How a service spells its paths. BMCs link one resource in several mixtures of upper and lower case (iLO: systems and
 * Systems) and answer for all of them; what stands between, a proxy or a server of captured trees, may not. A path
 * that was answered for shows how its beginning has to be spelled.
 */
export interface Spellings {
  /** Takes down a path that was answered for. */
  readonly learn: (path: string) => void
  /** The path with its beginning as learned; undefined where that changes nothing. */
  readonly respell: (path: string) => string | undefined
}

export const createSpellings = (): Spellings => {
  const known = new Map<string, string>()
  return {
    learn: path => {
      for (const beginning of beginningsOf(path)) {
        const key = beginning.toLowerCase()
        if (!known.has(key)) known.set(key, beginning)
      }
    },
    respell: path => {
      for (const beginning of beginningsOf(path)) {
        const learned = known.get(beginning.toLowerCase())
        if (learned === undefined) continue
        return learned === beginning ? undefined : learned + path.slice(beginning.length)
      }
      return undefined
    },
  }
}

/** The path without its query and each of its parents, longest first. */
const beginningsOf = (path: string): readonly string[] => {
  const segments = path
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '')
    .split('/')
  return segments.slice(1).map((_, index) => segments.slice(0, segments.length - index).join('/'))
}
