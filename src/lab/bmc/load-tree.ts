import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { KatametalError } from '../../base/errors.js'
import { isObject, textAt } from './json.js'
import { normalPath, ResourceTree } from './resource-tree.js'

const run = promisify(execFile)

/**
 * Loads a captured resource tree: a directory with one `index.json` per resource, or a .tar, .tar.xz, .tar.gz, .tgz of
 * one (unpacked by the `tar` program). A folder above, and a missing `redfish/v1` prefix, are recognised by where the
 * service root is. Files that are not JSON are kept as they are. Throws FileInvalid.
 */
export const loadTree = async (path: string): Promise<ResourceTree> => {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new KatametalError('FileInvalid', { about: path, seen: 'it does not exist' })
  if (found.isDirectory()) return treeOf(path, path)
  const folder = await mkdtemp(join(tmpdir(), 'katametal-tree-'))
  try {
    await unpack(path, folder)
    return await treeOf(folder, path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const unpack = async (file: string, folder: string): Promise<void> => {
  if (!/\.(tar|tar\.xz|tar\.gz|tgz)$/.test(file))
    throw new KatametalError('FileInvalid', { about: file, seen: 'it is neither a folder nor a tar archive' })
  try {
    await run('tar', ['-xf', file, '-C', folder])
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new KatametalError('FileInvalid', {
      about: file,
      seen: missing ? 'the program tar is not installed' : 'tar cannot unpack it',
    })
  }
}

const treeOf = async (folder: string, about: string): Promise<ResourceTree> => {
  const files = await filesBelow(folder)
  const placed = await placeOf(folder, files)
  if (placed === undefined) throw new KatametalError('FileInvalid', { about, seen: 'no service root is in it' })
  const tree = new ResourceTree()
  for (const file of files) {
    const path = pathOf(relative(placed.base, file), placed.prefix)
    if (path !== undefined) addFile(tree, path, await readFile(file, 'utf8'))
  }
  return tree
}

const filesBelow = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile() && (entry.name === 'index.json' || entry.name === 'index.xml'))
    .map(entry => join(entry.parentPath, entry.name))
    .sort()

/** The folder that stands for `/` and what its paths lack in front. */
const placeOf = async (
  folder: string,
  files: readonly string[],
): Promise<{ base: string; prefix: string } | undefined> => {
  const byDepth = [...files].sort((a, b) => a.split(sep).length - b.split(sep).length)
  for (const file of byDepth) {
    const body = parsed(await readFile(file, 'utf8'))
    if (!isObject(body) || !/^#ServiceRoot\./.test(textAt(body, '@odata.type') ?? '')) continue
    const above = relative(folder, file).split(sep).slice(0, -1)
    const prefixed = above.slice(-2).join('/') === 'redfish/v1'
    const rootless = !prefixed && above.at(-1) === 'v1'
    const base = join(folder, ...above.slice(0, above.length - (prefixed ? 2 : rootless ? 1 : 0)))
    return { base, prefix: prefixed ? '' : rootless ? '/redfish' : '/redfish/v1' }
  }
  return undefined
}

/** Path of the resource in a file; undefined for files beside the tree. */
const pathOf = (file: string, prefix: string): string | undefined => {
  const segments = file.split(sep).slice(0, -1)
  return segments[0] === '..' ? undefined : `${prefix}/${segments.join('/')}`
}

/** The path that a resource gives itself is kept when only its spelling differs. */
const addFile = (tree: ResourceTree, path: string, text: string): void => {
  const body = parsed(text)
  if (!isObject(body)) return tree.putText(path, text)
  const own = textAt(body, '@odata.id')
  tree.put(own !== undefined && normalPath(own) === normalPath(path) ? own : path, body)
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
