import { expect, it } from 'vitest'
import { ManualClock } from '../../../test/support/manual-clock.js'
import { startEventExpiry } from './event-expiry.js'
import type { ApiObject } from './object.js'
import { Storage } from './storage.js'

const event = (name: string): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: 'default', uid: name, resourceVersion: '', creationTimestamp: '' },
})

it('Events live for an hour after their last change, also those from before a restart', async () => {
  const [storage, clock] = [new Storage(), new ManualClock()]
  const names = () => storage.list('/events').map(object => object.metadata.name)
  storage.put('/events', 'default/before', event('before'))
  const stop = startEventExpiry(storage, clock)
  storage.put('/events', 'default/quiet', event('quiet'))
  storage.put('/events', 'default/busy', event('busy'))
  storage.put('/secrets', 'default/kept', event('kept'))
  await clock.advance(30 * 60_000)
  storage.put('/events', 'default/busy', { ...event('busy'), count: 2 })
  await clock.advance(29 * 60_000)
  expect(names()).toEqual(['before', 'busy', 'quiet'])
  await clock.advance(6 * 60_000)
  expect(names()).toEqual(['busy'])
  await clock.advance(60 * 60_000)
  expect(names()).toEqual([])
  expect(storage.list('/secrets')).toHaveLength(1)
  stop()
  expect(clock.pending).toBe(0)
})
