import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiServer } from './api-server.js'
import type { TestClient } from './testing/client.js'
import { startWithWidgets, widget, widgets } from './testing/widgets.js'

const run = promisify(execFile)
const installed = spawnSync('kubectl', ['version', '--client']).status === 0

/** kubectl is a judge from outside: it knows nothing of this server. */
describe.skipIf(!installed)('the real kubectl', () => {
  let server: ApiServer
  let client: TestClient
  let folder: string

  beforeAll(async () => {
    const started = await startWithWidgets({ rbac: true })
    server = started.server
    client = started.client
    folder = await mkdtemp(join(tmpdir(), 'kubectl-test-'))
    await writeFile(join(folder, 'config'), server.kubeconfig({ name: 'admin', groups: ['system:masters'] }), {
      mode: 0o600,
    })
  })

  afterAll(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })

  const kubectl = async (...args: string[]): Promise<string> => {
    const env = { ...process.env, KUBECONFIG: join(folder, 'config'), HOME: folder }
    const { stdout } = await run('kubectl', args, { env, timeout: 15_000 })
    return stdout
  }

  const failure = async (...args: string[]): Promise<string> => {
    try {
      return `unexpected success: ${await kubectl(...args)}`
    } catch (error) {
      return (error as { stderr: string }).stderr
    }
  }

  const file = async (name: string, ...objects: object[]): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, objects.map(object => stringify(object)).join('---\n'))
    return path
  }

  it('applies a manifest, finds nothing to do the second time, and changes what differs', async () => {
    const path = await file('applied.yaml', widget('applied', { size: 2, color: 'green' }))
    expect(await kubectl('apply', '-f', path)).toContain('widget.example.test/applied created')
    expect(await kubectl('apply', '-f', path)).toContain('widget.example.test/applied unchanged')
    await file('applied.yaml', widget('applied', { size: 3 }))
    expect(await kubectl('apply', '-f', path)).toContain('configured')
    const { body } = await client.get(`${widgets}/applied`)
    expect(body.spec).toEqual({ size: 3, color: 'red' })
  })

  it('applies on the server side, sees whose field it would take, and may force it', async () => {
    const path = await file('ssa.yaml', widget('ssa', { size: 2 }))
    expect(await kubectl('apply', '--server-side', '-f', path)).toContain('serverside-applied')
    await kubectl('patch', 'widget', 'ssa', '--type=merge', '-p', '{"spec":{"size":5}}', '--field-manager=other')
    expect(await failure('apply', '--server-side', '-f', path)).toMatch(/conflict with "other".*: \.spec\.size/s)
    await kubectl('apply', '--server-side', '--force-conflicts', '-f', path)
    expect((await client.get(`${widgets}/ssa`)).body.spec.size).toBe(2)
  })

  it('refuses unknown and wrong fields with their path', async () => {
    const unknown = await file('unknown.yaml', widget('bad', { size: 2, sizze: 3 }))
    expect(await failure('apply', '-f', unknown)).toContain('unknown field "spec.sizze"')
    const wrong = await file('wrong.yaml', widget('bad', { size: 99 }))
    expect(await failure('apply', '-f', wrong)).toContain('spec.size: Invalid value: 99')
  })

  it('prints our columns, more of them with -o wide, and whole objects as YAML and JSON', async () => {
    await client.post(widgets, widget('shown', { size: 4 }, { labels: { 'example.test/team': 'blue' } }))
    await client.merge(`${widgets}/shown/status`, { status: { conditions: [{ type: 'Ready', status: 'True' }] } })
    const plain = (await kubectl('get', 'wd', 'shown')).split('\n')
    expect(plain[0]).toMatch(/^NAME +SIZE +READY +AGE$/)
    expect(plain[1]).toMatch(/^shown +4 +True +\d+s$/)
    const wide = (await kubectl('get', 'wd', 'shown', '-o', 'wide')).split('\n')
    expect(wide[0]).toMatch(/^NAME +SIZE +READY +TEAM +AGE$/)
    expect(wide[1]).toMatch(/^shown +4 +True +blue +\d+s$/)
    expect(await kubectl('get', 'wd', 'shown', '-o', 'yaml')).toContain('color: red')
    expect(JSON.parse(await kubectl('get', 'wd', 'shown', '-o', 'json')).spec).toEqual({ size: 4, color: 'red' })
    expect(await kubectl('get', 'wd,secrets', '-A')).toContain('widget.example.test/shown')
    expect(await kubectl('get', 'all')).toContain('widget.example.test/shown')
  })

  it('patches in three languages, annotates and labels', async () => {
    await client.post(widgets, widget('patched'))
    await kubectl('patch', 'wd', 'patched', '--type=merge', '-p', '{"spec":{"size":2}}')
    await kubectl('patch', 'wd', 'patched', '--type=json', '-p', '[{"op":"add","path":"/spec/tags","value":["x"]}]')
    await kubectl('annotate', 'wd', 'patched', 'note=hello')
    await kubectl('label', 'wd', 'patched', 'a=b')
    await kubectl('patch', 'wd', 'patched', '--subresource=status', '--type=merge', '-p', '{"status":{"phase":"Up"}}')
    expect((await client.get(`${widgets}/patched`)).body).toMatchObject({
      metadata: { labels: { a: 'b' }, annotations: { note: 'hello' } },
      spec: { size: 2, tags: ['x'] },
      status: { phase: 'Up' },
    })
    expect(await kubectl('get', 'wd', '-l', 'a=b', '-o', 'name')).toBe('widget.example.test/patched\n')
    await kubectl('run', 'pod', '--image=one')
    await kubectl('patch', 'pod', 'pod', '-p', '{"spec":{"containers":[{"name":"side","image":"two"}]}}')
    const pod = await client.get('/api/v1/namespaces/default/pods/pod')
    expect(pod.body.spec.containers.map((c: { name: string }) => c.name).sort()).toEqual(['pod', 'side'])
  })

  it('creates secrets, config maps, namespaces and accounts, which it sends as protobuf', async () => {
    await kubectl(
      'create',
      'secret',
      'generic',
      'login',
      '--from-literal=username=root',
      '--from-literal=password=geheim',
    )
    const { body } = await client.get('/api/v1/namespaces/default/secrets/login')
    expect(Buffer.from(body.data.password, 'base64').toString()).toBe('geheim')
    await kubectl('create', 'configmap', 'map', '--from-literal=a=b')
    await kubectl('create', 'namespace', 'site')
    await kubectl('create', 'serviceaccount', 'robot', '-n', 'site')
    await kubectl('create', 'role', 'reader', '-n', 'site', '--verb=get,list', '--resource=secrets')
    await kubectl('create', 'rolebinding', 'reader', '-n', 'site', '--role=reader', '--serviceaccount=site:robot')
    const token = (await kubectl('create', 'token', 'robot', '-n', 'site')).trim()
    expect(await kubectl('--token', token, 'auth', 'can-i', 'list', 'secrets', '-n', 'site')).toBe('yes\n')
    expect(await failure('--token', token, 'get', 'pods', '-n', 'site')).toContain('forbidden')
    expect(await kubectl('auth', 'whoami')).toContain('admin')
  })

  it('describes an object with its events in order', async () => {
    const { body } = await client.post(widgets, widget('described'))
    for (let index = 0; index < 15; index++) {
      await client.post('/apis/events.k8s.io/v1/namespaces/default/events', {
        metadata: { name: `described.${(1000 + index).toString(16)}` },
        eventTime: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString().replace('Z', '000Z'),
        reportingController: 'test',
        reportingInstance: 'test-1',
        action: 'Step',
        reason: `Step${index}`,
        note: `step ${index}`,
        type: 'Normal',
        regarding: {
          apiVersion: 'example.test/v1',
          kind: 'Widget',
          name: 'described',
          namespace: 'default',
          uid: body.metadata.uid,
        },
      })
    }
    const text = await kubectl('describe', 'wd', 'described')
    expect([...text.matchAll(/Normal +Step(\d+)/g)].map(match => Number(match[1]))).toEqual(
      Array.from({ length: 15 }, (_, i) => i),
    )
    expect(text).toContain('Spec:')
    expect(await kubectl('events', '--for', 'widget.example.test/described')).toContain('step 14')
  })

  it('waits for conditions and for deletion, and watches', async () => {
    await client.post(widgets, widget('awaited', { size: 1 }, { finalizers: ['example.test/hold'] }))
    const waiting = kubectl('wait', 'wd/awaited', '--for=condition=Ready', '--timeout=10s')
    const watching = kubectl('get', 'wd', 'awaited', '-w', '--request-timeout=3s').catch(
      (error: unknown) => (error as { stdout: string }).stdout,
    )
    await new Promise(resolve => setTimeout(resolve, 1000))
    await client.merge(`${widgets}/awaited/status`, { status: { conditions: [{ type: 'Ready', status: 'True' }] } })
    expect(await waiting).toContain('condition met')
    const deleting = kubectl('delete', 'wd', 'awaited', '--timeout=10s')
    await new Promise(resolve => setTimeout(resolve, 700))
    expect((await client.get(`${widgets}/awaited`)).body.metadata.deletionTimestamp).toMatch(/Z$/)
    await client.merge(`${widgets}/awaited`, { metadata: { finalizers: null } })
    expect(await deleting).toContain('deleted')
    expect(await watching).toMatch(/awaited +1 +\d+s\n.*awaited +1 +True/s)
  })

  it('lists what there is and explains it', async () => {
    expect(await kubectl('api-resources')).toMatch(/widgets +wd +example.test\/v1 +true +Widget/)
    expect(await kubectl('api-versions')).toContain('example.test/v1')
    expect(await kubectl('explain', 'widget')).toContain('A thing that tests turn in their hands.')
    expect(await kubectl('explain', 'widget.spec.size')).toContain('How large it is.')
    expect(await kubectl('version')).toContain('Server Version')
  })

  it('diffs, replaces and deletes by file, label and namespace', async () => {
    const path = await file(
      'several.yaml',
      widget('first', { size: 1 }, { labels: { set: 'x' } }),
      widget('second', { size: 1 }, { labels: { set: 'x' } }),
    )
    await kubectl('create', '-f', path)
    expect(await kubectl('diff', '-f', path)).toBe('')
    await file('several.yaml', widget('first', { size: 7 }))
    await kubectl('replace', '-f', path)
    expect((await client.get(`${widgets}/first`)).body.spec.size).toBe(7)
    await kubectl('delete', 'wd', '-l', 'set=x')
    await kubectl('delete', '-f', path)
    expect(await failure('get', 'wd', 'second')).toContain('NotFound')
    await kubectl('create', 'namespace', 'brief')
    await kubectl('create', 'configmap', 'in-it', '-n', 'brief')
    await kubectl('delete', 'namespace', 'brief', '--timeout=10s')
    expect(await failure('get', 'namespace', 'brief')).toContain('NotFound')
  })
})
