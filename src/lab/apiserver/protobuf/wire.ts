import { badRequest } from '../status-error.js'

/** One field of a message: its number and either a number (varint, fixed) or bytes (length-delimited). */
export interface WireField {
  readonly number: number
  readonly value: bigint | Uint8Array
}

/** Splits a protobuf message into its fields (protobuf wire format); 400 when it is cut short. */
export const readFields = (bytes: Uint8Array): WireField[] => {
  const fields: WireField[] = []
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) throw truncated()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw truncated()
  }
  const take = (length: number): Uint8Array => {
    const end = at + length
    if (end > bytes.length) throw truncated()
    const part = bytes.subarray(at, end)
    at = end
    return part
  }
  while (at < bytes.length) {
    const tag = varint()
    fields.push({ number: Number(tag >> 3n), value: readValue(Number(tag & 7n), varint, take) })
  }
  return fields
}

const readValue = (type: number, varint: () => bigint, take: (n: number) => Uint8Array): bigint | Uint8Array => {
  switch (type) {
    case 0:
      return varint()
    case 1:
      return take(8)
    case 2:
      return take(Number(varint()))
    case 5:
      return take(4)
    default:
      throw badRequest('the protobuf body uses an unknown wire type')
  }
}

const truncated = () => badRequest('the protobuf body is cut short')
