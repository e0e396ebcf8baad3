import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { ManualClock } from '../../../test/support/manual-clock.js'
import { testConsole } from '../../../test/support/test-console.js'
import { run } from '../program.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'katametal-kud-'))
})
afterAll(() => rm(folder, { recursive: true }))

const katametal = async (...words: string[]) => {
  const console = testConsole()
  const code = await run(['kud', 'render', ...words], console, new ManualClock())
  return { code, out: console.text.out, err: console.text.err }
}

describe('katametal kud render', () => {
  it('prints one part as it is, so that it can be piped', async () => {
    const { code, out } = await katametal('edge', '--part', 'script')
    expect(code).toBe(0)
    expect(out).toMatch(/^#!\/bin\/bash\n/)
    const classes = await katametal('edge', '--part', 'runtimeclasses')
    expect(parseAllDocuments(classes.out).map(document => (document.toJS() as { kind: string }).kind)).toEqual([
      'RuntimeClass',
      'RuntimeClass',
    ])
  })

  it('prints everything below headings without a part, or as an object', async () => {
    const { out } = await katametal('edge')
    for (const part of ['vendor-data', 'script', 'runtimeclasses', 'tenancy']) expect(out).toContain(`# ==== ${part}\n`)
    const json = JSON.parse((await katametal('edge', '-o', 'json')).out) as Record<string, unknown>
    expect(Object.keys(json)).toEqual(['vendor-data', 'script', 'runtimeclasses', 'tenancy'])
    expect(parse((await katametal('edge', '-o', 'yaml')).out)).toEqual(json)
  })

  it('prints what namespaces of tenants get', async () => {
    const { out } = await katametal('edge', '--part', 'tenancy', '--namespace', 'team-a', 'team-b')
    const namespaces = parseAllDocuments(out).map(
      document => (document.toJS() as { metadata: { namespace?: string } }).metadata.namespace,
    )
    expect(namespaces.filter(name => name === 'team-a')).toHaveLength(4)
    expect(namespaces.filter(name => name === 'team-b')).toHaveLength(4)
  })

  it('leaves Kata out of the node layer on request', async () => {
    const { out } = await katametal('edge', '--part', 'vendor-data', '--without-kata')
    expect(out).not.toContain('require_virtualization\n')
  })

  it('says on standard error how long containerd gets fixes', async () => {
    expect((await katametal('edge', '--part', 'tenancy')).err).toContain('containerd 2.3 gets fixes until 2028-04')
  })

  it.each([
    ['nowhere', 2, 'KudProfileUnknown'],
    ['./nowhere.yaml', 2, 'FileInvalid'],
  ])('refuses the profile %s', async (profile, code, error) => {
    const answer = await katametal(profile)
    expect(answer.code).toBe(code)
    expect(answer.err).toContain(error)
  })

  it('names the field of a profile that is not valid, and the reason when versions do not go together', async () => {
    const file = join(folder, 'mine.yaml')
    const write = (spec: string) =>
      writeFile(
        file,
        `apiVersion: kud.akraino.org/v1alpha1\nkind: KudProfile\nmetadata: { name: mine }\nspec: ${spec}\n`,
      )
    await write('{ kubernetes: { version: x } }')
    expect((await katametal(file)).err).toMatch(/KudProfileInvalid.*spec\.kubernetes\.version/s)
    const rest =
      'kata: { version: 4.1.0 }, runtimeClasses: [{ name: kata-clh, handler: kata-clh }], cnis: [{ name: Flannel, role: Primary, version: 0.28.9 }] }'
    await write(`{ kubernetes: { version: v1.36.3 }, containerd: { version: 1.7.28 }, ${rest}`)
    const { code, out, err } = await katametal(file)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toMatch(/KudCombinationRefused.*containerd 1\.7\.28 was not made for Kubernetes 1\.36/s)
    await write(`{ kubernetes: { version: v1.36.3 }, containerd: { version: 2.3.7 }, ${rest}`)
    expect((await katametal(file, '--part', 'tenancy', '--namespace', 'a')).err).toContain(
      'the KudProfile has no spec.tenants',
    )
  })
})
