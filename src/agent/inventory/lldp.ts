import { execFile } from 'node:child_process'

/** What the switch at the other end of a cable says of itself. */
export interface Neighbour {
  readonly chassisID?: string
  readonly portID?: string
  readonly systemName?: string
}

const headerBytes = 14
/** Types of IEEE 802.1AB table 8-1. */
const chassisType = 1
const portType = 2
const nameType = 5
/** Subtypes whose value is a MAC address: of chassis and of port ids (tables 8-2 and 8-3). */
const macSubtypes: Readonly<Record<number, number>> = { [chassisType]: 4, [portType]: 3 }

/** Reads an LLDP frame. Undefined for anything else, also for one that is cut off. */
export const parseLldp = (frame: Buffer): Neighbour | undefined => {
  if (frame.length < headerBytes + 2 || frame.readUInt16BE(12) !== 0x88cc) return undefined
  const values = new Map<number, string>()
  for (let at = headerBytes; at + 2 <= frame.length; ) {
    const head = frame.readUInt16BE(at)
    const [type, length] = [head >> 9, head & 0x1ff]
    if (type === 0) break
    const value = frame.subarray(at + 2, at + 2 + length)
    if (value.length < length) return undefined
    values.set(type, textOf(type, value))
    at += 2 + length
  }
  const [chassisID, portID, systemName] = [values.get(chassisType), values.get(portType), values.get(nameType)]
  if (chassisID === undefined || portID === undefined) return undefined
  return { chassisID, portID, ...(systemName === undefined ? {} : { systemName }) }
}

const textOf = (type: number, value: Buffer): string => {
  if (type !== chassisType && type !== portType) return printable(value)
  const id = value.subarray(1)
  return value[0] === macSubtypes[type] && id.length === 6
    ? [...id].map(byte => byte.toString(16).padStart(2, '0')).join(':')
    : printable(id)
}

const printable = (value: Buffer): string =>
  value
    .toString('utf8')
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, 255)

/**
 * Listens on an interface until a frame arrives or `signal` is aborted. Switches speak every 30 seconds, so nobody waits
 * for this: `heard` is called when it comes. Never throws.
 */
export const listenForNeighbour = (index: number, heard: (neighbour: Neighbour) => void, signal: AbortSignal): void => {
  execFile('katametal-probe', ['lldp', String(index)], { encoding: 'buffer', signal }, (error, frame) => {
    const neighbour = error === null ? parseLldp(frame) : undefined
    if (neighbour !== undefined) heard(neighbour)
  })
}
