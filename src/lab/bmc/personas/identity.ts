import type { Identity } from './machine-spec.js'

/** Serial number such as LABD0007. */
export const serialOf = (prefix: string, { index }: Identity): string => `${prefix}${String(index).padStart(4, '0')}`

/** Locally administered MAC address of a port, from 0: 02:4b:4d:xx:xx:pp. */
export const macOf = ({ index }: Identity, port: number): string =>
  ['02', '4b', '4d', hex(index >> 8), hex(index & 0xff), hex(port)].join(':')

/** A UUID that is the same for the same server. */
export const uuidOf = (prefix: string, { index }: Identity): string =>
  `4b4d0000-${hex(prefix.charCodeAt(0))}${hex(prefix.charCodeAt(prefix.length - 1))}-4000-8000-${String(index).padStart(12, '0')}`

const hex = (value: number): string => (value & 0xff).toString(16).padStart(2, '0')
