import { describe, expect, it } from 'vitest'
import { Storage } from '../../src/lab/apiserver/storage.js'
import type { ApiObject } from '../../src/lab/apiserver/object.js'
import { followHosts, spanOf } from './host-log.js'

const host = (generation: number, state?: string) =>
  ({
    apiVersion: 'metal.akraino.org/v1alpha1',
    kind: 'BareMetalHost',
    metadata: { namespace: 'default', name: 'host-0', generation },
    ...(state === undefined ? {} : { status: { state } }),
  }) as unknown as ApiObject

const table = 'metal.akraino.org/baremetalhosts'

describe('the log of a host', () => {
  it('has each state once, edits of the spec, and counts every write', () => {
    const storage = new Storage()
    let now = 100
    const logs = followHosts(storage, () => now++)
    for (const object of [
      host(1),
      host(1, 'Discovering'),
      host(1, 'Discovering'),
      host(2, 'Discovering'),
      host(2, 'Available'),
    ])
      storage.put(table, 'default/host-0', object)
    storage.put('secrets', 'default/host-0', host(1, 'Elsewhere'))
    expect(logs.get('host-0')).toMatchObject({
      states: [
        { time: 101, what: 'Discovering' },
        { time: 104, what: 'Available' },
      ],
      edits: [103],
      writes: 5,
      latest: { status: { state: 'Available' } },
    })
    expect([...logs.keys()]).toEqual(['host-0'])
  })
})

describe('a span', () => {
  const states = ['Available', 'Provisioning', 'Deprovisioning', 'Provisioning', 'Joining', 'InService'].map(
    (what, index) => ({ time: index * 10, what }),
  )

  it('lasts from the last entry of the first state to the next entry of the other', () => {
    expect(spanOf({ states }, 'Provisioning', 'InService')).toEqual({ from: 30, to: 50 })
  })

  it('does not exist while either was not entered', () => {
    expect(spanOf({ states }, 'Provisioning', 'Servicing')).toBeUndefined()
    expect(spanOf({ states }, 'Inspecting', 'InService')).toBeUndefined()
  })
})
