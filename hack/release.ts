import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../src/base/package-root.js'
import { clusterctlConfig, releaseFiles } from './release/files.js'

// `make release` writes out/release, what is published, and out/repository, the same as a local repository of clusterctl.
const root = packageRoot(import.meta.url)
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
const tag = `v${version}`
const image = process.argv[2] ?? `localhost/katametal/manager:${tag}`
const files = releaseFiles(root, { image })

const repository = join(root, 'out/repository')
for (const folder of [join(root, 'out/release'), join(repository, 'infrastructure-katametal', tag)]) {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const [name, text] of files) await writeFile(join(folder, name), text)
}
await writeFile(join(repository, 'clusterctl.yaml'), clusterctlConfig(repository, tag))
console.log(`out/release: katametal ${tag} with image ${image}`)
for (const name of files.keys()) console.log(`  ${name}`)
console.log('out/repository: the same for clusterctl --config out/repository/clusterctl.yaml')
