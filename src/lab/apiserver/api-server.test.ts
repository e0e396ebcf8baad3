import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../base/clock.js'
import { createAuthority } from '../../base/certificates.js'
import { type ApiServer, startApiServer } from './api-server.js'
import { Storage } from './storage.js'
import { TestClient } from './testing/client.js'
import { startWithWidgets, widget, widgets } from './testing/widgets.js'

const running: ApiServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})

const start = async (options: Parameters<typeof startWithWidgets>[0] = {}) => {
  const started = await startWithWidgets(options)
  running.push(started.server)
  return started
}

describe('the embedded API server', () => {
  it('creates, reads, changes and deletes objects of a custom resource', async () => {
    const { client } = await start()
    const created = await client.post(widgets, widget('one'))
    expect(created.code).toBe(201)
    expect(created.body).toMatchObject({
      metadata: { name: 'one', namespace: 'default', generation: 1 },
      spec: { color: 'red' },
    })
    const read = await client.get(`${widgets}/one`)
    expect(read.body).toEqual(created.body)
    const replaced = await client.put(`${widgets}/one`, { ...created.body, spec: { size: 2 } })
    expect(replaced.body).toMatchObject({ metadata: { generation: 2 }, spec: { size: 2, color: 'red' } })
    const deleted = await client.delete(`${widgets}/one`)
    expect(deleted.body).toMatchObject({ kind: 'Status', status: 'Success', details: { name: 'one', kind: 'widgets' } })
    expect((await client.get(`${widgets}/one`)).code).toBe(404)
  })

  it('refuses who has no token and who has a wrong one, but shows health to everybody', async () => {
    const { server } = await start()
    expect((await new TestClient(server, undefined).get(widgets)).code).toBe(401)
    expect((await new TestClient(server, 'guess').get(widgets)).body).toMatchObject({
      kind: 'Status',
      code: 401,
      reason: 'Unauthorized',
    })
    for (const path of ['/healthz', '/livez', '/readyz'])
      expect((await new TestClient(server, undefined).get(path)).text).toBe('ok')
  })

  it('is trusted through the authority that was given to it', async () => {
    const authority = await createAuthority('given', Date.now())
    const { server } = await start({ tls: { authority } })
    expect(server.ca).toBe(authority.cert)
    const stranger = await createAuthority('stranger', Date.now())
    await expect(new TestClient({ port: server.port, ca: stranger.cert }, undefined).get('/healthz')).rejects.toThrow(
      /certificate/,
    )
  })

  it('keeps objects, tokens and its authority over a restart on the same port, and breaks watches', async () => {
    const storage = new Storage()
    const { server, client } = await start({ storage })
    await client.post(widgets, widget('one'))
    const watch = await client.watch(`${widgets}?watch=1`)
    await watch.seen(1)
    await server.stop()
    expect(await watch.over).toBe('broken')
    await expect(client.get(widgets)).rejects.toThrow(/ECONNREFUSED/)
    const again = await startApiServer({ clock: systemClock, rbac: false, storage, port: server.port })
    running.push(again)
    expect(again.ca).toBe(server.ca)
    const list = await client.get(widgets)
    expect(list.body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['one'])
  })

  it('answers 404 for paths and resources it does not have', async () => {
    const { client } = await start()
    for (const path of [
      '/apis/example.test/v1/gadgets',
      '/apis/example.test/v2/widgets',
      '/nothing',
      '/api/v1/namespaces/default/pods/x/exec',
    ])
      expect((await client.get(path)).body).toMatchObject({ kind: 'Status', code: 404 })
  })
})
