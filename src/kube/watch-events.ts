import type { KubeObject } from '../../api/meta.js'
import { KatametalError } from '../base/errors.js'
import { errorEvent } from './answers.js'
import type { WatchEvent } from './types.js'

interface Line {
  type: string
  object: KubeObject
}

/**
 * The events in the lines of a watch (meta/v1 WatchEvent). Throws on ERROR events, and KubernetesUnreachable on a line
 * that is no event: what it said is lost, so the watch must begin anew from the last known point.
 */
export async function* watchEvents<T extends KubeObject>(
  lines: AsyncIterable<string>,
  about: string,
): AsyncGenerator<WatchEvent<T>> {
  for await (const text of lines) {
    const { type, object } = parseLine(text, about)
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        yield { type, object: object as T }
        break
      case 'BOOKMARK':
        yield { type, resourceVersion: object.metadata.resourceVersion ?? '' }
        break
      case 'ERROR':
        throw errorEvent(object, about)
      default:
        throw notAnEvent(about)
    }
  }
}

const parseLine = (text: string, about: string): Line => {
  try {
    const line = JSON.parse(text) as Partial<Line> | null
    if (typeof line?.type === 'string' && typeof line.object === 'object')
      return { type: line.type, object: line.object }
  } catch {
    // falls through: what is not JSON is no event either
  }
  throw notAnEvent(about)
}

const notAnEvent = (about: string): KatametalError =>
  new KatametalError('KubernetesUnreachable', { about, seen: 'a line of the watch is not an event' })
