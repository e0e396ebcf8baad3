import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.js'
import { createLogger } from '../base/log.js'
import { createKubeClient } from './client.js'
import { type EventRecorder, type EventRecorderOptions, createEventRecorder } from './events.js'
import type { KubeEvent } from './resource-types.js'
import { TestApiServer, widget } from './testing/api-server.js'
import { type SeenRequest, statusBody } from './testing/request.js'
import { eventually } from './testing/eventually.js'
import type { KubeClient } from './types.js'

const collection = '/apis/events.k8s.io/v1/events'

let server: TestApiServer
let clock: ManualClock
let client: KubeClient
let lines: string[]

beforeEach(async () => {
  server = await TestApiServer.start()
  clock = new ManualClock()
  client = createKubeClient(server.access(), { clock })
  lines = []
})
afterEach(async () => {
  await client.close()
  await server.stop()
})

const make = (options: Partial<EventRecorderOptions> = {}): EventRecorder =>
  createEventRecorder(client, {
    component: 'katametal.akraino.org/host',
    instance: 'manager-0',
    clock,
    log: createLogger('warn', { write: line => void lines.push(line) }),
    ...options,
  })

const written = (): KubeEvent[] =>
  server.requests.filter(isCreate).map(({ body, path }) => {
    expect(path).toMatch(/^\/apis\/events\.k8s\.io\/v1\/namespaces\/[a-z]+\/events$/)
    return body as KubeEvent
  })
const isCreate = ({ method }: SeenRequest): boolean => method === 'POST'
const isPatch = ({ method }: SeenRequest): boolean => method === 'PATCH'
const host = widget('host-1')
host.metadata.uid = 'uid-1'
host.metadata.resourceVersion = '7'

describe('the event recorder', () => {
  it('writes an Event about the object', async () => {
    const recorder = make()
    recorder.normal(host, 'PowerOn', 'server is on')
    recorder.warning(host, 'BMCBusy', 'the BMC is busy', 'Inspect')
    await recorder.flush()
    expect(written()).toMatchObject([
      {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: expect.stringMatching(/^host-1\.[0-9a-f]{22}$/), namespace: 'default' },
        type: 'Normal',
        reason: 'PowerOn',
        action: 'PowerOn',
        note: 'server is on',
        reportingController: 'katametal.akraino.org/host',
        reportingInstance: 'manager-0',
        regarding: {
          apiVersion: 'test.example/v1',
          kind: 'Widget',
          namespace: 'default',
          name: 'host-1',
          uid: 'uid-1',
          resourceVersion: '7',
        },
      },
      { type: 'Warning', reason: 'BMCBusy', action: 'Inspect' },
    ])
  })

  it('puts events about cluster-scoped objects into the default namespace', async () => {
    const recorder = make()
    recorder.normal({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }, 'Joined', 'is there')
    await recorder.flush()
    expect(written()[0]?.metadata.namespace).toBe('default')
    expect(written()[0]?.regarding).not.toHaveProperty('namespace')
  })

  it('keeps the order, also by time, when many come in one millisecond', async () => {
    const recorder = make()
    for (let step = 0; step < 30; step++) recorder.normal(host, 'Step', `step ${step}`)
    await recorder.flush()
    expect(written().map(({ note }) => note)).toEqual(Array.from({ length: 30 }, (_, step) => `step ${step}`))
    const times = written().map(({ eventTime }) => eventTime)
    expect(times[0]).toMatch(/T00:00:00\.000000Z$/)
    expect([...new Set(times)].sort()).toEqual(times)
  })

  it('raises the count of a series instead of repeating an event, with one write for many', async () => {
    const recorder = make()
    for (let repeat = 0; repeat < 40; repeat++) {
      recorder.warning(host, 'BMCBusy', 'the BMC is busy')
      await clock.advance(50)
    }
    await recorder.flush()
    const patches = server.requests.filter(isPatch)
    expect([written().length, patches.length]).toEqual([1, 1])
    expect(patches[0]?.body).toMatchObject({ series: { count: 40, lastObservedTime: '2026-01-01T00:00:01.950000Z' } })
    recorder.warning(host, 'BMCBusy', 'the BMC is busy')
    await clock.advance(5000)
    await eventually(() => server.requests.filter(isPatch).at(-1)?.body).toMatchObject({ series: { count: 41 } })
  })

  it('does not mix what differs in object, type, reason, action or message', async () => {
    const recorder = make()
    recorder.normal(host, 'A', 'm')
    recorder.warning(host, 'A', 'm')
    recorder.normal(host, 'B', 'm')
    recorder.normal(host, 'A', 'n')
    recorder.normal(host, 'A', 'm', 'act')
    recorder.normal(widget('host-2'), 'A', 'm')
    await recorder.flush()
    expect(written()).toHaveLength(6)
    expect(server.requests.some(isPatch)).toBe(false)
  })

  it('begins a new series after a long quiet, and when the server has forgotten the old one', async () => {
    const recorder = make()
    recorder.normal(host, 'A', 'm')
    await recorder.flush()
    await clock.advance(360_000)
    recorder.normal(host, 'A', 'm')
    await recorder.flush()
    expect(written()).toHaveLength(2)
    const name = written()[1]?.metadata.name ?? ''
    server.storage.remove(collection, 'default', name)
    recorder.normal(host, 'A', 'm')
    await recorder.flush()
    expect(written()).toHaveLength(3)
    expect(server.storage.at(collection, 'default', name)).toMatchObject({ series: { count: 2 } })
  })

  it('cuts messages to what the API server accepts, in bytes and between characters', async () => {
    const recorder = make()
    recorder.normal(host, 'Long', 'ü'.repeat(600))
    recorder.normal(host, 'Fits', 'x'.repeat(1024))
    await recorder.flush()
    const [long, fits] = written()
    expect(Buffer.byteLength(long?.note ?? '')).toBeLessThanOrEqual(1024)
    expect(long?.note).toMatch(/^ü+…$/)
    expect(fits?.note).toHaveLength(1024)
  })

  it('tries again while the API server is away, and keeps the order', async () => {
    const recorder = make()
    server.answerWith(2, isCreate, response => response.writeHead(500).end(statusBody(500, 'InternalError', 'no')))
    recorder.normal(host, 'A', 'first')
    recorder.normal(host, 'A', 'second')
    const flushed = recorder.flush()
    await eventually(() => clock.advance(500).then(() => server.requests.length)).toBe(4)
    await flushed
    expect(written().map(({ note }) => note)).toEqual(['first', 'first', 'first', 'second'])
    expect(lines).toEqual([])
  })

  it('logs an event that cannot be written and goes on with the next', async () => {
    const recorder = make()
    server.answerWith(1, isCreate, response => response.writeHead(403).end(statusBody(403, 'Forbidden', 'may not')))
    recorder.normal(host, 'A', 'first')
    recorder.normal(host, 'A', 'second')
    await recorder.flush()
    expect(written().map(({ note }) => note)).toEqual(['first', 'second'])
    expect(lines.join()).toContain('KubernetesForbidden')
  })

  it('never blocks or grows without bound when nothing can be written', async () => {
    const recorder = make({ capacity: 5 })
    server.answerWith(Infinity, isCreate, () => undefined)
    for (let step = 0; step < 100; step++) recorder.normal(host, 'Step', `step ${step}`)
    await recorder.flush(AbortSignal.timeout(50))
    expect(written()).toHaveLength(1)
    server.faults.clear()
    await eventually(() => clock.advance(30_000).then(() => lines.join())).toContain('"dropped":94')
  })
})
