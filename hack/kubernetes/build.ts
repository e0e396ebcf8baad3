import { access, mkdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { checkGo, goBuild } from './go.js'
import { linkerFlags, type Program, programs } from './programs.js'
import { programFolder, readVersions, recipeFolder, type Versions } from './recipe.js'
import { writeRepository } from './repository.js'

/**
 * Builds what is missing of the programs of the test bed and prints their folder on standard output; progress goes to
 * standard error. `--where` only prints the folder.
 */
const main = async (): Promise<void> => {
  const folder = await programFolder(process.env)
  if (!process.argv.includes('--where')) await buildAll(folder)
  process.stdout.write(`${folder}\n`)
}

const buildAll = async (folder: string): Promise<void> => {
  const repository = join(folder, 'repository')
  const missing: Program[] = []
  for (const program of programs) if (!(await exists(join(folder, program.name)))) missing.push(program)
  if (missing.length === 0 && (await exists(repository))) return
  await checkGo()
  await mkdir(folder, { recursive: true })
  const versions = await readVersions()
  tell(
    `building ${missing.length} of ${programs.length} programs into ${folder}; all of them take ten minutes on 2 cores`,
  )
  for (const program of missing) await build(folder, program, versions)
  if (!(await exists(repository)))
    await timed('clusterctl repository', () => writeRepository(join(folder, 'kubectl'), repository))
}

const build = async (folder: string, { name, module, package: pkg, versionPackage }: Program, versions: Versions) => {
  const target = join(folder, name)
  // A build that is cut off leaves nothing that looks finished.
  const part = join(folder, `.${name}.part`)
  await timed(name, async () => {
    await goBuild(join(recipeFolder, module), part, pkg, linkerFlags(versionPackage, versions[module]))
    await rename(part, target)
  })
  tell(`  ${name} ${versions[module]}: ${Math.round((await stat(target)).size / 1e6)} MB`)
}

const timed = async (what: string, work: () => Promise<void>): Promise<void> => {
  const began = Date.now()
  await work()
  tell(`  ${what}: done in ${Math.round((Date.now() - began) / 1000)} s`)
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const tell = (text: string): void => {
  process.stderr.write(`kubernetes: ${text}\n`)
}

main().catch((error: unknown) => {
  process.stderr.write(`kubernetes: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
