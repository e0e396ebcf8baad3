import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../api/meta.js'
import { systemClock } from '../../base/clock.js'
import { isKatametalError } from '../../base/errors.js'
import { type Logger, silentLogger } from '../../base/log.js'
import { packageRoot } from '../../base/package-root.js'
import { directApiAccess } from '../../kube/api-access.js'
import { createKubeClient } from '../../kube/client.js'
import { createInformer } from '../../kube/informer.js'
import { configMaps } from '../../kube/resource-types.js'
import type { Change, KubeClient } from '../../kube/types.js'
import { type ApiServer, startApiServer } from './api-server.js'

const folder = join(packageRoot(), 'config', 'crd')
const definitions = readdirSync(folder)
  .filter(name => name.endsWith('.yaml'))
  .map(name => parse(readFileSync(join(folder, name), 'utf8')) as KubeObject)

interface ConfigMap extends KubeObject {
  data?: Record<string, string>
}

describe('our own definitions', () => {
  let server: ApiServer
  const warnings: object[] = []
  const log: Logger = { ...silentLogger, warn: fields => warnings.push(fields), error: fields => warnings.push(fields) }

  beforeAll(async () => {
    server = await startApiServer({ clock: systemClock, rbac: true, log })
  })
  afterAll(() => server.stop())

  it.each(definitions.map(definition => [definition.metadata.name, definition] as const))(
    '%s is accepted, is served, and every one of its rules is evaluated',
    (name, definition) => {
      server.applyManifest(definition)
      const stored = server.storage.get('apiextensions.k8s.io/customresourcedefinitions', name)
      expect(stored?.status).toMatchObject({
        conditions: [{ type: 'NamesAccepted' }, { type: 'Established', status: 'True' }],
      })
      expect(warnings).toEqual([])
    },
  )
})

describe('our own client', () => {
  let server: ApiServer
  let client: KubeClient
  beforeAll(async () => {
    server = await startApiServer({ clock: systemClock, rbac: true })
    const token = server.addToken({ name: 'admin', groups: ['system:masters'] })
    client = createKubeClient(directApiAccess({ server: server.url, ca: server.ca, token }), { clock: systemClock })
  })
  afterAll(async () => {
    await client.close()
    await server.stop()
  })

  const map = (name: string, data: Record<string, string> = {}): ConfigMap => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data,
  })

  it('reads, writes and understands every refusal', async () => {
    const maps = client.resource<ConfigMap>(configMaps)
    const created = await maps.create(map('a', { x: '1' }))
    expect((await maps.replace({ ...created, data: { x: '2' } })).data).toEqual({ x: '2' })
    const code = async (call: Promise<unknown>) => {
      const error: unknown = await call.then(
        () => undefined,
        (caught: unknown) => caught,
      )
      return isKatametalError(error) ? error.code : error
    }
    expect(await code(maps.replace(created))).toBe('KubernetesConflict')
    expect(await code(maps.create(map('a')))).toBe('KubernetesConflict')
    expect(await code(maps.get('default', 'absent'))).toBe('KubernetesNotFound')
    expect(await code(maps.mergePatch('default', 'a', { data: { x: 1 } }))).toBe('KubernetesRejected')
    const wrong = [{ op: 'test', path: '/data/x', value: 'no' }] as const
    expect(await code(maps.jsonPatch('default', 'a', wrong))).toBe('KubernetesConflict')
    server.faults.inject({ kind: 'fail', resource: 'configmaps', verb: 'get', count: 1 })
    const outcome = await code(maps.get('default', 'a'))
    expect([undefined, 'KubernetesBusy']).toContain(outcome)
    expect((await maps.apply(map('b', { y: '1' }), { fieldManager: 'm' })).data).toEqual({ y: '1' })
    await maps.delete('default', 'a')
    await maps.delete('default', 'a')
    expect(await maps.list({ namespace: 'default' })).toHaveLength(1)
  })

  it('keeps its copy right through history loss, broken watches and repeated events', async () => {
    const maps = client.resource<ConfigMap>(configMaps)
    const informer = createInformer<ConfigMap>(client, configMaps, { clock: systemClock, log: silentLogger })
    const changes: Change<ConfigMap>[] = []
    informer.onChange(change => changes.push(change))
    const stop = new AbortController()
    const running = informer.run(stop.signal)
    await informer.synced()
    const write = async (name: string) => {
      await maps.create(map(name))
      await expect.poll(() => informer.store.get(`default/${name}`)?.metadata.name, { timeout: 10_000 }).toBe(name)
    }
    await write('plain')
    server.faults.inject({ kind: 'duplicate', resource: 'configmaps', count: 1 })
    await write('repeated')
    server.faults.inject({ kind: 'reset', resource: 'configmaps', count: 1 })
    await write('broken-off')
    server.faults.inject({ kind: 'gone', resource: 'configmaps', count: 1 })
    await write('gone')
    server.faults.expireHistory('configmaps')
    await write('forgotten')
    server.faults.inject({ kind: 'expired', resource: 'configmaps', verb: 'watch', count: 1 })
    server.faults.expireHistory('configmaps')
    await write('forgotten-twice')
    server.faults.inject({ kind: 'busy', resource: 'configmaps', count: 1 })
    server.faults.expireHistory('configmaps')
    await write('busy')
    expect(changes.filter(change => change.type === 'added').length).toBe(informer.store.list().length)
    stop.abort()
    await running
  }, 60_000)
})
