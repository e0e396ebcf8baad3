import { describe, expect, it } from 'vitest'
import type { StatusError } from '../status-error.js'
import { decodeProtobuf } from './decode.js'

/** A writer of the wire format that shares nothing with the reader. */
const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)])
const bytes = (field: number, content: Buffer | string): Buffer => {
  const payload = Buffer.from(content)
  return Buffer.concat([Buffer.from([...varint((field << 3) | 2), ...varint(payload.length)]), payload])
}
const number = (field: number, value: number): Buffer => Buffer.from([...varint(field << 3), ...varint(value)])
const message = (...parts: Buffer[]): Buffer => Buffer.concat(parts)
const body = (apiVersion: string, kind: string, raw: Buffer): Buffer =>
  message(
    Buffer.from('k8s\0'),
    bytes(1, message(bytes(1, apiVersion), bytes(2, kind))),
    bytes(2, raw),
    bytes(3, ''),
    bytes(4, ''),
  )
const entry = (field: number, key: string, value: string | Buffer): Buffer =>
  bytes(field, message(bytes(1, key), bytes(2, value)))

const refusal = (content: Buffer): number => {
  try {
    decodeProtobuf(content)
    return 0
  } catch (error) {
    return (error as StatusError).code
  }
}

describe('protobuf bodies', () => {
  it('become the JSON that the same client would have sent', () => {
    const owner = message(bytes(1, 'Widget'), bytes(3, 'w'), bytes(4, 'u'), bytes(5, 'example.test/v1'), number(6, 1))
    const metadata = message(
      bytes(1, 'login'),
      bytes(2, ''),
      bytes(8, message()),
      entry(11, 'a', 'b'),
      entry(11, 'c', ''),
      bytes(13, owner),
      bytes(14, 'x.test/y'),
    )
    const raw = message(bytes(1, metadata), entry(2, 'key', Buffer.from([0, 255])), bytes(3, 'Opaque'), number(5, 0))
    expect(decodeProtobuf(body('v1', 'Secret', raw))).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'login',
        labels: { a: 'b', c: '' },
        ownerReferences: [{ kind: 'Widget', name: 'w', uid: 'u', apiVersion: 'example.test/v1', controller: true }],
        finalizers: ['x.test/y'],
      },
      data: { key: 'AP8=' },
      type: 'Opaque',
      immutable: false,
    })
  })

  it('keep empty items of lists, which mean the core group in rules', () => {
    const rule = message(bytes(1, 'get'), bytes(2, ''), bytes(3, 'pods'))
    expect(decodeProtobuf(body('rbac.authorization.k8s.io/v1', 'Role', bytes(2, rule)))['rules']).toEqual([
      { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
    ])
  })

  it('read times and negative numbers, and skip fields they do not know', () => {
    const time = message(Buffer.from([8, ...varint(1_700_000_000)]))
    const raw = message(
      bytes(
        1,
        message(bytes(1, 'n'), bytes(8, time), bytes(99, 'later'), Buffer.from([...varint((98 << 3) | 5), 1, 2, 3, 4])),
      ),
    )
    expect(decodeProtobuf(body('v1', 'Namespace', raw))['metadata']).toMatchObject({
      name: 'n',
      creationTimestamp: '2023-11-14T22:13:20Z',
    })
    const minusOne = Buffer.from([8, ...Array.from({ length: 9 }, () => 255), 1])
    expect(decodeProtobuf(body('v1', 'DeleteOptions', minusOne))['gracePeriodSeconds']).toBe(-1)
  })

  it('are refused with 415 for kinds that are not known and with 400 when they are broken', () => {
    expect(refusal(body('v1', 'Pod', message()))).toBe(415)
    expect(refusal(Buffer.from('{"kind":"Secret"}'))).toBe(400)
    const good = body('v1', 'Secret', bytes(3, 'Opaque'))
    for (let length = 5; length < good.length - 4; length++)
      expect([0, 400, 415]).toContain(refusal(good.subarray(0, length)))
    expect(refusal(good.subarray(0, 8))).toBe(400)
    expect(refusal(body('v1', 'Secret', Buffer.from([0x0b])))).toBe(400)
  })
})
