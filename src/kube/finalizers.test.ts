import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../base/clock.js'
import { createKubeClient } from './client.js'
import { addFinalizer, hasFinalizer, removeFinalizer } from './finalizers.js'
import { TestApiServer, widget, widgets } from './testing/api-server.js'
import type { Stored } from './testing/storage.js'
import type { KubeClient, ResourceClient } from './types.js'

const collection = '/apis/test.example/v1/widgets'
const ours = 'test.example/ours'

let server: TestApiServer
let client: KubeClient
let resource: ResourceClient<Stored>
let count = 0

beforeAll(async () => {
  server = await TestApiServer.start()
  client = createKubeClient(server.access(), { clock: systemClock })
  resource = client.resource<Stored>(widgets)
})
afterAll(async () => {
  await client.close()
  await server.stop()
})

const make = (finalizers?: string[]): Stored => {
  const object = widget(`w-${++count}`)
  if (finalizers !== undefined) object.metadata.finalizers = finalizers
  return server.storage.put(collection, object)
}
const change = (object: Stored, finalizers: string[]): Stored =>
  server.storage.put(collection, { ...object, metadata: { ...object.metadata, finalizers } })
const finalizersOf = ({ metadata }: Stored): string[] | undefined =>
  server.storage.at(collection, 'default', metadata.name)?.metadata.finalizers

describe('a finalizer', () => {
  it('is put on an object that has none', async () => {
    const object = make()
    const after = await addFinalizer(resource, object, ours)
    expect(hasFinalizer(after, ours)).toBe(true)
    expect(finalizersOf(object)).toEqual([ours])
  })

  it('is put behind those of others, also those that came meanwhile', async () => {
    const object = make(['theirs'])
    change(object, ['theirs', 'newer'])
    await addFinalizer(resource, object, ours)
    expect(finalizersOf(object)).toEqual(['theirs', 'newer', ours])
  })

  it('never replaces the first finalizer of somebody else', async () => {
    const object = make()
    change(object, ['theirs'])
    await expect(addFinalizer(resource, object, ours)).rejects.toMatchObject({ code: 'KubernetesConflict' })
    expect(finalizersOf(object)).toEqual(['theirs'])
  })

  it('costs no request when it is there already', async () => {
    const object = make([ours])
    const before = server.requests.length
    expect(await addFinalizer(resource, object, ours)).toBe(object)
    expect(server.requests).toHaveLength(before)
  })

  it('is taken off without touching the others', async () => {
    const object = make(['theirs', ours, 'last'])
    await removeFinalizer(resource, object, ours)
    expect(finalizersOf(object)).toEqual(['theirs', 'last'])
  })

  it('is not taken off in place of another that moved there', async () => {
    const object = make(['theirs', ours, 'last'])
    change(object, [ours, 'last'])
    await expect(removeFinalizer(resource, object, ours)).rejects.toMatchObject({ code: 'KubernetesConflict' })
    expect(finalizersOf(object)).toEqual([ours, 'last'])
  })

  it('is not taken off an object of the same name that was made later', async () => {
    const object = make([ours])
    server.storage.remove(collection, 'default', object.metadata.name)
    change(object, [ours])
    await expect(removeFinalizer(resource, object, ours)).rejects.toMatchObject({ code: 'KubernetesConflict' })
    const stale = { ...object, metadata: { ...object.metadata, finalizers: ['theirs'] } }
    await expect(addFinalizer(resource, stale, ours)).rejects.toMatchObject({ code: 'KubernetesConflict' })
    expect(finalizersOf(object)).toEqual([ours])
  })

  it('counts as taken off when the object is gone or never had it', async () => {
    const object = make([ours])
    server.storage.remove(collection, 'default', object.metadata.name)
    expect(await removeFinalizer(resource, object, ours)).toBeUndefined()
    const other = make(['theirs'])
    expect(await removeFinalizer(resource, other, ours)).toBe(other)
  })
})
