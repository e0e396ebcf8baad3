import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { stringify } from 'yaml'
import { ManualClock } from '../../test/support/manual-clock.js'
import { type KeyPair, createAuthority } from '../base/certificates.js'
import { directApiAccess } from './api-access.js'
import { loadApiAccess } from './kubeconfig.js'

let folder: string
let pair: KeyPair
const base64 = (text: string): string => Buffer.from(text).toString('base64')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  pair = await createAuthority('test', Date.now())
})
afterEach(() => vi.unstubAllEnvs())
afterAll(() => rm(folder, { recursive: true }))

interface Parts {
  cluster?: object
  user?: object
  name?: string
  current?: string
}

const config = ({ cluster = {}, user = { token: 'secret-token' }, name = 'one', current = name }: Parts = {}): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': current,
    clusters: [{ name, cluster: { server: 'https://api.test:6443', ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'metal' } }],
  })

const file = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

describe('a kubeconfig', () => {
  it('gives server, namespace, trust and token of its current context', async () => {
    const contents = config({ cluster: { 'certificate-authority-data': base64(pair.cert), 'tls-server-name': 'api' } })
    const access = await loadApiAccess({ contents })
    expect(access).toMatchObject({
      server: 'https://api.test:6443',
      namespace: 'metal',
      tls: { ca: pair.cert, servername: 'api' },
    })
    expect(await access.authorize()).toEqual({ authorization: 'Bearer secret-token' })
  })

  it('gives client certificates, and distrust only when it says so', async () => {
    const user = { 'client-certificate-data': base64(pair.cert), 'client-key-data': base64(pair.key) }
    const access = await loadApiAccess({
      contents: config({ user, cluster: { 'insecure-skip-tls-verify': true, server: 'https://api.test/prefix/' } }),
    })
    expect(access.tls).toEqual({ cert: pair.cert, key: pair.key, rejectUnauthorized: false })
    expect(access.server).toBe('https://api.test/prefix')
    expect(await access.authorize()).toEqual({})
  })

  it.each([
    ['runs a program', { user: { exec: { command: 'id', apiVersion: 'client.authentication.k8s.io/v1' } } }, 'exec'],
    ['names a token file', { user: { tokenFile: '/etc/passwd' } }, 'tokenFile'],
    ['names a key file', { user: { 'client-key': '/etc/shadow' } }, 'client-key'],
    ['names a CA file', { cluster: { 'certificate-authority': '/etc/passwd' } }, 'certificate-authority'],
    ['goes through a proxy', { cluster: { 'proxy-url': 'http://proxy' } }, 'proxy-url'],
  ])('from a Secret is refused when it %s', async (_name, parts, field) => {
    await expect(loadApiAccess({ contents: config(parts) })).rejects.toMatchObject({
      code: 'KubeconfigInvalid',
      seen: `${field} is not allowed here`,
    })
  })

  it.each([
    ['no YAML', 'token: "secret-token', 'it is not YAML'],
    ['no object', 'secret-token', /expected object/],
    ['an unknown context', config({ current: 'two' }), 'there is no context two'],
    ['no current context', config({ current: '' }), 'no context is chosen'],
    ['a server without https', config({ cluster: { server: 'http://api' } }), 'http:// instead of https://'],
    ['a server that is no URL', config({ cluster: { server: 'api' } }), 'not a URL'],
    ['a CA that is no PEM', config({ cluster: { 'certificate-authority-data': 'secret' } }), /not base64 of PEM/],
    ['a token that is a number', config({ user: { token: 5 } }), /expected string/],
  ])('with %s is refused without quoting credentials', async (_name, contents, seen) => {
    const error: unknown = await loadApiAccess({ contents }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'KubeconfigInvalid', seen: expect.stringMatching(seen) })
    expect(String(error)).not.toContain('secret')
  })

  it('is read from a file, in another context when asked', async () => {
    const two = stringify({
      'current-context': 'one',
      clusters: [{ name: 'c', cluster: { server: 'https://c.test' } }],
      users: [{ name: 'u', user: { token: 'u-token' } }, { name: 'v' }],
      contexts: [
        { name: 'one', context: { cluster: 'c', user: 'u' } },
        { name: 'two', context: { cluster: 'c', user: 'v' } },
      ],
    })
    const kubeconfig = await file('two', two)
    const one = await loadApiAccess({ kubeconfig })
    expect([await one.authorize(), one.namespace]).toEqual([{ authorization: 'Bearer u-token' }, 'default'])
    expect(await (await loadApiAccess({ kubeconfig, context: 'two' })).authorize()).toEqual({})
  })

  it('that is missing is named in the error', async () => {
    const kubeconfig = join(folder, 'missing')
    await expect(loadApiAccess({ kubeconfig })).rejects.toMatchObject({
      code: 'KubeconfigInvalid',
      about: kubeconfig,
      seen: 'ENOENT',
    })
  })

  it('may name files relative to itself', async () => {
    await file('ca.crt', pair.cert)
    const kubeconfig = await file('with-file', config({ cluster: { 'certificate-authority': 'ca.crt' } }))
    const access = await loadApiAccess({ kubeconfig })
    expect(String(access.tls.ca)).toBe(pair.cert)
    expect(await access.authorize()).toEqual({ authorization: 'Bearer secret-token' })
  })

  it('may get its token from a program, which runs once for a burst of requests', async () => {
    const log = join(folder, 'calls')
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 't1' },
    }
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: '/bin/sh',
      args: ['-c', `echo called >> ${log}; echo '${JSON.stringify(credential)}'`],
      interactiveMode: 'Never',
    }
    const kubeconfig = await file('exec', config({ user: { exec } }))
    const clock = new ManualClock()
    const access = await loadApiAccess({ kubeconfig }, clock)
    const burst = await Promise.all(Array.from({ length: 10 }, () => access.authorize()))
    expect(burst[9]).toEqual({ authorization: 'Bearer t1' })
    expect((await readFile(log, 'utf8')).trim().split('\n').length).toBeLessThanOrEqual(2)
  })

  it('whose program fails is refused', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: '/bin/false', args: [] }
    const kubeconfig = await file('exec-fails', config({ user: { exec } }))
    await expect(loadApiAccess({ kubeconfig })).rejects.toMatchObject({ code: 'KubeconfigInvalid' })
  })

  it('may be several files, of which the first names the context', async () => {
    const one = await file('merge-1', config({ name: 'first' }))
    const two = await file('merge-2', config({ name: 'second', cluster: { server: 'https://second.test' } }))
    const kubeconfig = [one, two].join(delimiter)
    expect((await loadApiAccess({ kubeconfig })).server).toBe('https://api.test:6443')
    expect((await loadApiAccess({ kubeconfig, context: 'second' })).server).toBe('https://second.test')
    await expect(loadApiAccess({ kubeconfig, context: 'third' })).rejects.toMatchObject({ code: 'KubeconfigInvalid' })
  })

  it('is not made up outside of a pod, nor in one without a ServiceAccount', async () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined)
    vi.stubEnv('KUBERNETES_SERVICE_PORT', undefined)
    await expect(loadApiAccess({ inCluster: true })).rejects.toMatchObject({
      code: 'KubeconfigInvalid',
      about: 'ServiceAccount',
      seen: 'this does not run in a pod',
    })
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '192.0.2.1')
    vi.stubEnv('KUBERNETES_SERVICE_PORT', '443')
    await expect(loadApiAccess({ inCluster: true })).rejects.toMatchObject({
      code: 'KubeconfigInvalid',
      about: 'ServiceAccount',
    })
  })
})

describe('direct access', () => {
  it('carries the token and hands out headers nobody else can change', async () => {
    const access = directApiAccess({ server: 'https://api.test/', token: 't', namespace: 'n' })
    const headers = await access.authorize()
    headers['authorization'] = 'changed'
    expect(await access.authorize()).toEqual({ authorization: 'Bearer t' })
    expect([access.server, access.namespace]).toEqual(['https://api.test', 'n'])
  })
})
