import { at, type Json, type JsonObject, objectOf, textOf } from '../json.js'
import type { ApiObject } from '../object.js'
import type { ApiResource, Column } from '../resource.js'
import { builtIn } from './built-in.js'

/** The two faces of events: core/v1, which is stored, and events.k8s.io/v1, over the same table. */
export const eventResources = (): ApiResource[] => [coreEvents, newEvents]

/** events.k8s.io/v1 name -> core/v1 name, where they differ. */
const renamed: Readonly<Record<string, string>> = {
  regarding: 'involvedObject',
  note: 'message',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
}

const backwards = Object.fromEntries(Object.entries(renamed).map(([newer, core]) => [core, newer]))

const rename = (object: JsonObject, names: Readonly<Record<string, string>>): JsonObject => {
  const result: Record<string, Json | undefined> = {}
  for (const [key, value] of Object.entries(object)) result[names[key] ?? key] = value
  return result
}

const fields = (object: ApiObject): Record<string, string> => {
  const involved = objectOf(object['involvedObject'])
  const parts = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'] as const
  return {
    ...Object.fromEntries(parts.map(part => [`involvedObject.${part}`, textOf(involved[part])])),
    ...Object.fromEntries(parts.map(part => [`regarding.${part}`, textOf(involved[part])])),
    reason: textOf(object['reason']),
    type: textOf(object['type']),
    source: textOf(at(object, 'source', 'component')),
    reportingComponent: textOf(object['reportingComponent']),
    reportingController: textOf(object['reportingComponent']),
  }
}

const fieldNames = Object.keys(fields({} as ApiObject))

const common = {
  plural: 'events',
  kind: 'Event',
  namespaced: true,
  shortNames: ['ev'],
  table: '/events',
  fields,
  fieldNames,
} as const

const lastSeen = (object: JsonObject): Json =>
  at(object, 'series', 'lastObservedTime') ??
  object['lastTimestamp'] ??
  object['deprecatedLastTimestamp'] ??
  object['eventTime'] ??
  null

/** `baremetalhost/host-1`, as kubectl shows it. */
const about = (object: JsonObject): Json => {
  const involved = objectOf(object['involvedObject'] ?? object['regarding'])
  return `${textOf(involved['kind']).toLowerCase()}/${textOf(involved['name'])}`
}

const columnsWith = (message: string): readonly Column[] => [
  { name: 'Last Seen', type: 'date', jsonPath: '.eventTime', value: lastSeen },
  { name: 'Type', type: 'string', jsonPath: '.type' },
  { name: 'Reason', type: 'string', jsonPath: '.reason' },
  { name: 'Object', type: 'string', jsonPath: '.metadata.name', value: about },
  { name: 'Message', type: 'string', jsonPath: message },
]

const coreEvents = builtIn({
  ...common,
  group: '',
  version: 'v1',
  columns: columnsWith('.message'),
})

const newEvents = builtIn({
  ...common,
  group: 'events.k8s.io',
  version: 'v1',
  toStored: object => ({ ...rename(object, renamed), apiVersion: 'v1' }),
  fromStored: object => ({ ...(rename(object, backwards) as ApiObject), apiVersion: 'events.k8s.io/v1' }),
  columns: columnsWith('.note'),
  validate: (object, { previous }) => {
    if (previous !== undefined) return []
    const missing = (['eventTime', 'reportingController', 'reportingInstance', 'action', 'reason'] as const).filter(
      key => textOf(object[key]) === '',
    )
    const long = Buffer.byteLength(textOf(object['note'])) > 1024
    return [
      ...missing.map(field => ({ field, type: 'Required', message: '' }) as const),
      ...(long ? [{ field: 'note', type: 'Invalid', message: 'can have at most 1024 bytes' } as const] : []),
    ]
  },
})
