import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/base/package-root.js'
import { certManager, linkerFlags, type Program, programs, upstreams } from './programs.js'

export const recipeFolder = join(packageRoot(), 'hack', 'kubernetes')

/** What the repository of manifests looks like; raise it when its layout changes. */
const repositoryLayout = 1

/** The versions that the go.mod files ask for, by module folder. */
export type Versions = Readonly<Record<Program['module'], string>>

export const readVersions = async (folder = recipeFolder): Promise<Versions> => ({
  etcd: await versionIn(folder, 'etcd'),
  kubernetes: await versionIn(folder, 'kubernetes'),
  'cluster-api': await versionIn(folder, 'cluster-api'),
})

const versionIn = async (folder: string, module: Program['module']): Promise<string> =>
  requiredVersion(await readFile(join(folder, module, 'go.mod'), 'utf8'), upstreams[module])

/** The version that a go.mod requires of a module. */
export const requiredVersion = (goMod: string, module: string): string => {
  const line = goMod.split('\n').find(text =>
    text
      .trim()
      .replace(/^require /, '')
      .startsWith(`${module} v`),
  )
  const version = line
    ?.trim()
    .replace(/^require /, '')
    .split(' ')[1]
  if (version === undefined) throw new Error(`go.mod requires no ${module}`)
  return version
}

/** Digest of everything that decides what the programs are: another recipe has another folder in the cache. */
export const recipeHash = async (folder = recipeFolder): Promise<string> => {
  const hash = createHash('sha256')
  for (const module of Object.keys(upstreams))
    for (const file of ['go.mod', 'go.sum']) hash.update(await readFile(join(folder, module, file)))
  const flags = programs.map(({ versionPackage }) => linkerFlags(versionPackage, 'v0.0'))
  hash.update(JSON.stringify({ programs, flags, certManager, repositoryLayout }))
  return hash.digest('hex').slice(0, 16)
}

/** Where the programs of this recipe are kept, outside of the checkout. */
export const programFolder = async (environment: NodeJS.ProcessEnv): Promise<string> => {
  const cache = environment['KATAMETAL_CACHE'] ?? join(homedir(), '.cache', 'katametal')
  return join(cache, 'kubernetes', await recipeHash())
}
