import type { BareMetalHost } from '../../api/metal/bare-metal-host.js'
import { bareMetalHost } from '../../api/metal/bare-metal-host.js'
import type { Storage, StoredEvent } from '../../src/lab/apiserver/storage.js'
import type { Moment } from './timeline.js'

/** What the API server saw of one host. */
export interface HostLog {
  /** Each state and when it was written. */
  readonly states: Moment[]
  /** When the spec changed after the host was created. */
  readonly edits: number[]
  /** Writes of the object, those of status included. */
  writes: number
  /** The host as it is now. */
  latest: BareMetalHost
}

const table = `${bareMetalHost.group}/${bareMetalHost.plural}`

/** Follows all BareMetalHosts from now on, by name, straight from the storage of the API server. */
export const followHosts = (storage: Storage, now: () => number): ReadonlyMap<string, HostLog> => {
  const logs = new Map<string, HostLog>()
  storage.subscribe((changed, event) => {
    if (changed === table && event.type !== 'DELETED') note(logs, event, now())
  })
  return logs
}

const note = (logs: Map<string, HostLog>, { object }: StoredEvent, time: number): void => {
  const host = object as unknown as BareMetalHost
  const { name, generation } = host.metadata
  const known = logs.get(name)
  const log = known ?? { states: [], edits: [], writes: 0, latest: host }
  logs.set(name, log)
  const state = host.status?.state
  if (state !== undefined && state !== log.latest.status?.state) log.states.push({ time, what: state })
  if (known !== undefined && generation !== known.latest.metadata.generation) log.edits.push(time)
  log.writes++
  log.latest = host
}

/** From the last time a host entered `first` until it entered `last` after that; undefined while it has not. */
export const spanOf = ({ states }: Pick<HostLog, 'states'>, first: string, last: string) => {
  const from = states.findLast(({ what }) => what === first)?.time
  const to = states.find(({ time, what }) => what === last && from !== undefined && time >= from)?.time
  return from === undefined || to === undefined ? undefined : { from, to }
}
