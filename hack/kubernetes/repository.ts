import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { goModule } from './go.js'
import { certManager, upstreams } from './programs.js'
import { recipeFolder } from './recipe.js'

const run = promisify(execFile)

/** The providers of Cluster API: the folder of their kustomization, their label in clusterctl, their components file. */
const providers = [
  { source: 'core', label: 'cluster-api', file: 'core-components.yaml' },
  { source: 'bootstrap/kubeadm', label: 'bootstrap-kubeadm', file: 'bootstrap-components.yaml' },
  { source: 'controlplane/kubeadm', label: 'control-plane-kubeadm', file: 'control-plane-components.yaml' },
] as const

/**
 * Lays out a local clusterctl repository below `folder`. Release manifests are not part of the Go modules; they are the
 * output of kustomize, which kubectl has built in. Of cert-manager only the CRDs are taken: clusterctl is content when an
 * Issuer and a Certificate can be created, and without running Pods its webhooks would have no server.
 */
export const writeRepository = async (kubectl: string, folder: string): Promise<void> => {
  const part = `${folder}.part`
  await rm(part, { recursive: true, force: true })
  const { Dir, Version } = await goModule(join(recipeFolder, 'cluster-api'), upstreams['cluster-api'])
  for (const { source, label, file } of providers) {
    const target = join(part, label, Version)
    await mkdir(target, { recursive: true })
    const { stdout } = await run(kubectl, ['kustomize', join(Dir, source, 'config/default')], { maxBuffer: 1 << 26 })
    await writeFile(join(target, file), stdout)
    // The module cache is read-only; a copy must not be.
    await writeFile(join(target, 'metadata.yaml'), await readFile(join(Dir, 'metadata.yaml')))
  }
  await writeCertManager(join(part, 'cert-manager', certManager.version))
  await rename(part, folder)
}

const writeCertManager = async (target: string): Promise<void> => {
  const { module, version, sum } = certManager
  const { Dir, Sum } = await goModule(tmpdir(), `${module}@${version}`)
  if (Sum !== sum) throw new Error(`${module}@${version} has sum ${Sum}, not ${sum}`)
  const crds = join(Dir, 'deploy', 'crds')
  const files = (await readdir(crds)).filter(name => name.endsWith('.yaml')).sort()
  const documents = await Promise.all(files.map(name => readFile(join(crds, name), 'utf8')))
  await mkdir(target, { recursive: true })
  await writeFile(join(target, 'cert-manager.yaml'), documents.map(text => `---\n${text}`).join('\n'))
}
