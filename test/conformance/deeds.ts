import type { FleetMachine } from '../../src/lab/fleet.js'

/** Something that changed a server or its BMC. */
export interface Deed {
  readonly time: number
  readonly what: string
}

/** Requests to the BMC that could change anything, without logins and logouts. */
export const deedsOf = ({ bmc }: FleetMachine, since = 0): Deed[] =>
  bmc.journal.requests
    .filter(({ method, path, time }) => method !== 'GET' && !path.includes('/SessionService') && time >= since)
    .map(({ method, path, time }) => ({ time, what: `${method} ${path}` }))

/** Of those, the ones that switch power or say what is booted. */
export const powerAndBootDeeds = (server: FleetMachine, since = 0): Deed[] =>
  deedsOf(server, since).filter(
    ({ what }) => what.includes('ComputerSystem.Reset') || what.startsWith('PATCH') || what.includes('VirtualMedia'),
  )
