import { randomBytes } from 'node:crypto'
import type { KubeObject } from '../../api/meta.js'
import type { Clock } from '../base/clock.js'
import type { KubeEvent } from './resource-types.js'

interface EventWriterOptions {
  readonly component: string
  readonly instance: string
  readonly clock: Clock
}

/** Limits of events.k8s.io/v1 (kubernetes pkg/apis/core/validation/events.go), in bytes. */
const noteLimit = 1024
const wordLimit = 128

/** Makes Event objects that the API server accepts. Their times rise strictly, so that they sort in order. */
export const createEventWriter = ({ component, instance, clock }: EventWriterOptions) => {
  let lastMicros = 0
  const nextMicros = (): number => {
    lastMicros = Math.max(clock.now() * 1000, lastMicros + 1)
    return lastMicros
  }
  return {
    write: (
      type: KubeEvent['type'],
      object: KubeObject,
      reason: string,
      message: string,
      action: string,
    ): KubeEvent => {
      const micros = nextMicros()
      return {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: {
          // Names of one object rise with time: `kubectl describe` sorts by a field that events.k8s.io/v1 demands to be
          // empty, and so shows them in the order of their names. 253 bytes are allowed; the object's name may be as long.
          name: `${object.metadata.name.slice(0, 220)}.${micros.toString(16).padStart(14, '0')}${randomBytes(4).toString('hex')}`,
          namespace: object.metadata.namespace ?? 'default',
        },
        eventTime: microTime(micros),
        reportingController: component,
        reportingInstance: cut(instance, wordLimit),
        action: cut(action, wordLimit),
        reason: cut(reason, wordLimit),
        note: cut(message, noteLimit),
        type,
        regarding: referenceTo(object),
      }
    },
  }
}

const referenceTo = ({ apiVersion, kind, metadata }: KubeObject): KubeEvent['regarding'] => ({
  apiVersion,
  kind,
  name: metadata.name,
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
  ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
})

/** RFC 3339 with microseconds (meta/v1 MicroTime). */
const microTime = (micros: number): string => {
  const rest = String(micros % 1000).padStart(3, '0')
  return new Date(Math.floor(micros / 1000)).toISOString().replace('Z', `${rest}Z`)
}

/** The text within `limit` bytes of UTF-8, with an ellipsis where something is missing. */
const cut = (text: string, limit: number): string => {
  const bytes = Buffer.from(text)
  if (bytes.length <= limit) return text
  let end = limit - 3
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return `${bytes.subarray(0, end).toString()}…`
}
