import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { bmcEnvironment, bmcLine, simulate } from '../../../test/support/bmc-line.js'
import { testConsole } from '../../../test/support/test-console.js'
import { systemClock } from '../../base/clock.js'
import { loadTree } from '../../lab/bmc/load-tree.js'
import { buildPersona, personaNames } from '../../lab/bmc/personas/personas.js'
import type { ResourceTree } from '../../lab/bmc/resource-tree.js'
import { run } from '../program.js'

const folder = mkdtempSync(join(tmpdir(), 'katametal-record-'))
afterAll(() => rmSync(folder, { recursive: true }))
let number = 0
const target = (ending = '') => join(folder, `recording-${number++}${ending}`)
const json = (text: string) => JSON.parse(text)

const textOf = async (path: string): Promise<string> => {
  const files = (await readdir(path, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
  const texts = await Promise.all(files.map(file => readFile(join(file.parentPath, file.name), 'utf8')))
  return [...files.map(file => file.parentPath.slice(path.length)), ...texts].join('\n')
}

/** What of a plan tells about the server: where things are may differ in letter case only. */
const planOf = async (bmc: Awaited<ReturnType<typeof simulate>>) => {
  const { exit, out } = await bmcLine(bmc, 'plan', '{}', '--profile', 'kata-sriov', '-o', 'json')
  expect(exit).toBe(0)
  return json(out)
}

/** All keys of a body: redaction changes values, never what they stand under. */
const keysIn = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(keysIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => [key, ...keysIn(item)])
}

const sensitive = (tree: ResourceTree): string[] => {
  const values = new Set<string>()
  const visit = (value: unknown, key: string): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, key)
    else if (typeof value === 'object' && value !== null)
      for (const [name, item] of Object.entries(value)) visit(item, name)
    else if (typeof value === 'string' && value !== '' && /Serial|UUID|MACAddress|ServiceTag/.test(key))
      values.add(value)
  }
  for (const { body } of tree.entries()) visit(body, '')
  return [...values]
}

describe('katametal bmc record', () => {
  it.each(personaNames)(
    'of a %s-like server can be served by the simulator, which then plans the same',
    async persona => {
      const bmc = await simulate(persona)
      const path = target()
      const { exit, out, err } = await bmcLine(bmc, 'record', '{}', path, '-o', 'json')
      expect({ exit, err }).toEqual({ exit: 0, err: '' })
      expect(json(out)).toMatchObject({ target: path, problems: [] })
      expect(bmc.sessions).toBe(0)
      expect(bmc.journal.requests.filter(({ method }) => method !== 'GET').map(({ method }) => method)).toEqual([
        'POST',
        'DELETE',
      ])
      const again = await simulate({ tree: await loadTree(path) })
      expect(await planOf(again)).toEqual(await planOf(bmc))
    },
  )

  it.each(personaNames)(
    'with --redact of a %s-like server holds nothing of the server, and still plans the same',
    async persona => {
      const { tree, behaviour } = buildPersona(persona)
      const system = [...tree.entries()].find(({ path }) => /\/Systems\/[^/]+$/.test(path))?.path ?? ''
      tree.update(system, body => ({
        ...body,
        HostName: 'node-7.prod.corp',
        AssetTag: 'INV-0815-77',
        Description: 'node-7.prod.corp at 10.20.30.40, 2a02:8071::53',
      }))
      const bmc = await simulate({ tree, behaviour })
      const path = target('.tar.gz')
      const { exit, out } = await bmcLine(bmc, 'record', '{}', path, '--redact', '-o', 'json')
      expect(exit).toBe(0)
      expect(json(out).replaced).toMatchObject({ host: 1, address: 2 })
      const recorded = await loadTree(path)
      const text = [...recorded.entries()]
        .map(entry => JSON.stringify(entry))
        .join('\n')
        .toLowerCase()
      const secrets = [...sensitive(tree), 'node-7', 'prod.corp', 'INV-0815-77', '10.20.30.40', '2a02:8071::53']
      expect(secrets.length).toBeGreaterThan(10)
      for (const secret of secrets) expect(text).not.toContain(secret.toLowerCase())
      const keys = new Set([...tree.entries()].flatMap(({ body: whole }) => keysIn(whole)))
      const made = new Set([...recorded.entries()].flatMap(({ body: whole }) => keysIn(whole)))
      // The simulator stamps entity tags on what it serves.
      expect([...made].filter(key => !keys.has(key) && !/etag$/i.test(key))).toEqual([])
      expect(made).toContain('BootSourceOverrideTarget@Redfish.AllowableValues')
      const again = await simulate({ tree: recorded })
      expect(await planOf(again)).toEqual(await planOf(bmc))
    },
  )

  it.each(personaNames)('is used like any captured tree (%s): power, boot and media come to life', async persona => {
    const bmc = await simulate(persona)
    const path = target()
    await bmcLine(bmc, 'record', '{}', path, '--redact')
    const again = await simulate({ tree: await loadTree(path) })
    expect((await bmcLine(again, 'power', '{}', 'on', '-o', 'json')).out).toContain('"after": "On"')
    expect((await bmcLine(again, 'power', '{}', 'off', '-o', 'json')).out).toContain('"after": "Off"')
    expect((await bmcLine(again, 'media', '{}', 'insert', 'http://192.0.2.1/a.iso')).exit).toBe(0)
    expect((await bmcLine(again, 'boot', '{}', 'cd')).exit).toBe(0)
  })

  it('goes on without what is broken, and says what that was', async () => {
    const bmc = await simulate()
    bmc.faults.add({ effect: { kind: 'invalid-json' }, path: /Systems.*\/Bios$/ })
    const path = target()
    const { exit, out } = await bmcLine(bmc, 'record', '{}', path, '-o', 'json')
    expect(exit).toBe(0)
    expect(json(out).problems).toEqual([{ about: expect.stringMatching(/Bios$/), message: expect.any(String) }])
    expect(json(readFileSync(join(path, 'recording.json'), 'utf8')).problems).toHaveLength(1)
  })

  it('stops at its limit and says so', async () => {
    const path = target()
    const { out } = await bmcLine(await simulate(), 'record', '{}', path, '--limit', '5', '-o', 'json')
    expect(json(out)).toMatchObject({ resources: 5, problems: [{ message: expect.stringContaining('limit') }] })
  })

  it('holds no session, neither ours nor of others', async () => {
    const bmc = await simulate()
    const path = target()
    await bmcLine(bmc, 'record', '{}', path)
    const text = await textOf(path)
    expect(text).not.toMatch(/Sessions\/\w/)
    for (const token of bmc.sessionTokens) expect(text).not.toContain(token)
  })

  it('is stopped by Ctrl-C, logs out and leaves nothing behind', async () => {
    const bmc = await simulate()
    bmc.faults.add({ effect: { kind: 'hang' }, path: /Processors/ })
    const console = testConsole(bmcEnvironment)
    const path = target()
    const ended = run(['bmc', 'record', bmc.url, path, '--insecure'], console, systemClock)
    await expect.poll(() => bmc.journal.requests.length).toBeGreaterThan(5)
    console.abort()
    expect(await ended).toBe(130)
    expect(bmc.sessions).toBe(0)
    expect(existsSync(path)).toBe(false)
    expect(readdirSync(folder).filter(name => name.startsWith('.'))).toEqual([])
  })

  it('never overwrites, and asks nobody before it has looked', async () => {
    const bmc = await simulate()
    const { exit, err } = await bmcLine(bmc, 'record', '{}', folder)
    expect(exit).toBe(2)
    expect(err).toContain('it exists already')
    expect((await bmcLine(bmc, 'record', '{}', join(folder, 'no', 'such'))).exit).toBe(2)
    expect(bmc.journal.requests).toEqual([])
  })

  it('is for Redfish only', async () => {
    const bmc = await simulate()
    const { exit, err } = await bmcLine(bmc, 'record', 'ipmi://127.0.0.1', target())
    expect(exit).toBe(1)
    expect(err).toContain('BMCUnsupported')
  })
})
