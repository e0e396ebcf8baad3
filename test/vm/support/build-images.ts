import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../../src/base/package-root.js'
import { missingPackages } from './tools.js'

export const ramdiskFolder = join(packageRoot(), 'dist/ramdisk-cloud')
export const tinyImage = join(packageRoot(), 'dist/vm/tiny.raw')

/** Before all suites: builds the agent, the boot image and the tiny system, as far as they are not there. */
export const setup = (): void => {
  const missing = missingPackages()
  if (missing.length > 0)
    throw new Error(`missing; as root: apt-get install -y --no-install-recommends ${missing.join(' ')}`)
  run('node', ['hack/build.js'])
  if (!isCurrent()) run('hack/ramdisk/build.sh', ['--kernel', 'cloud'])
  run('test/vm/tiny-os/build.sh', [tinyImage])
}

/** Whether the boot image was made by the present recipe, from the agent that was just built. */
const isCurrent = (): boolean => {
  const manifest = join(ramdiskFolder, 'manifest')
  if (!existsSync(manifest)) return false
  const text = readFileSync(manifest, 'utf8')
  const agent = digestOf([join(packageRoot(), 'dist/agent/agent.mjs')])
  return text.includes(`agent sha256 ${agent}`) && text.includes(`recipe sha256 ${digestOf(recipe())}`)
}

/** In the order of make-manifest.sh. */
const recipe = (): string[] => {
  const folder = join(packageRoot(), 'hack/ramdisk')
  const names = readdirSync(folder).filter(name => name !== 'common.sh')
  return names.sort().map(name => join(folder, name))
}

const digestOf = (paths: readonly string[]): string => {
  const hash = createHash('sha256')
  for (const path of paths) hash.update(readFileSync(path))
  return hash.digest('hex')
}

const run = (program: string, words: readonly string[]): void => {
  execFileSync(program, [...words], { cwd: packageRoot(), stdio: ['ignore', 'ignore', 'inherit'] })
}
