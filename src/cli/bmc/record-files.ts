import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { KatametalError } from '../../base/errors.js'
import type { JsonObject } from '../../bmc/redfish/resource.js'

const run = promisify(execFile)

const isArchive = (target: string): boolean => /\.(tar\.gz|tgz)$/i.test(target)

/** A recording never overwrites anything. Throws FileInvalid. */
export const checkTarget = async (target: string): Promise<void> => {
  if ((await stat(target).catch(() => undefined)) !== undefined)
    throw new KatametalError('FileInvalid', { about: target, seen: 'it exists already' })
  const parent = await stat(dirname(resolve(target))).catch(() => undefined)
  if (parent?.isDirectory() !== true)
    throw new KatametalError('FileInvalid', { about: target, seen: 'the folder above it does not exist' })
}

/**
 * Writes one `index.json` per resource, below folders named like its path, and `recording.json` beside them. The
 * target is there only when all of it is. Throws FileInvalid.
 */
export const writeTree = async (
  target: string,
  resources: ReadonlyMap<string, JsonObject>,
  about: object,
): Promise<void> => {
  const whole = resolve(target)
  let folder: string | undefined
  try {
    folder = await mkdtemp(join(dirname(whole), '.katametal-recording-'))
    for (const [path, body] of resources) await writeResource(folder, path, body)
    await writeFile(join(folder, 'recording.json'), `${JSON.stringify(about, null, 2)}\n`)
    if (isArchive(target)) {
      const archive = `${folder}.tar.gz`
      await run('tar', ['-czf', archive, '-C', folder, '.'])
      await rename(archive, whole)
    } else await rename(folder, whole)
  } catch (error) {
    if (folder !== undefined) await rm(`${folder}.tar.gz`, { force: true })
    throw new KatametalError('FileInvalid', {
      about: target,
      seen: error instanceof Error ? error.message : String(error),
    })
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }
}

/** Longer names, or such as leave the folder, come from no server that means well. */
const writeResource = async (folder: string, path: string, body: JsonObject): Promise<void> => {
  const parts = path.split('/').filter(part => part !== '')
  if (parts.some(part => part === '.' || part === '..' || part.length > 255 || part.includes('\0'))) return
  const place = join(folder, ...parts)
  await mkdir(place, { recursive: true })
  await writeFile(join(place, 'index.json'), `${JSON.stringify(body, null, 2)}\n`)
}
