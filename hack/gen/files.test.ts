import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packageRoot } from '../../src/base/package-root.js'
import { differing, write } from './files.js'
import { generate } from './generate.js'

const files = new Map([
  ['config/crd/a.yaml', 'a\n'],
  ['docs/deep/b.md', 'b\n'],
])
let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gen-'))
})
afterEach(() => rm(root, { recursive: true }))

describe('generated files', () => {
  it('are written where they are missing, and then nothing differs', async () => {
    expect(await differing(root, files)).toEqual(['config/crd/a.yaml', 'docs/deep/b.md'])
    expect(await write(root, files)).toEqual(['config/crd/a.yaml', 'docs/deep/b.md'])
    expect(await readFile(join(root, 'docs/deep/b.md'), 'utf8')).toBe('b\n')
    expect(await differing(root, files)).toEqual([])
    expect(await write(root, files)).toEqual([])
  })

  it('are named when one was edited, or is left over in a folder of generated files', async () => {
    await write(root, files)
    await writeFile(join(root, 'docs/deep/b.md'), 'edited\n')
    await writeFile(join(root, 'config/crd/old.yaml'), 'old\n')
    await writeFile(join(root, 'docs/deep/own.md'), 'by hand\n')
    expect(await differing(root, files)).toEqual(['config/crd/old.yaml', 'docs/deep/b.md'])
    await write(root, files)
    expect(await differing(root, files)).toEqual([])
    expect(await readFile(join(root, 'docs/deep/own.md'), 'utf8')).toBe('by hand\n')
  })

  it('are the same each time', () => {
    expect([...generate()]).toEqual([...generate()])
  })

  it('of this project are up to date', async () => {
    expect(await differing(packageRoot(), generate())).toEqual([])
  })
})
