import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { releaseFiles } from '../../hack/release/files.js'
import { packageRoot } from '../../src/base/package-root.js'
import type { Bed } from '../../src/lab/kubernetes/bed.js'
import { type Command, commandAt } from '../../src/lab/kubernetes/kubectl.js'

/** clusterctl with a local repository that holds Cluster API and this release, and no network. */
export interface Clusterctl {
  readonly run: Command
  readonly kubeconfig: string
  /** Arguments of `init` that name all providers. */
  readonly init: readonly string[]
  /** Runs `init` unless that was done before. */
  initialise(): Promise<void>
}

export const katametalVersion = 'v0.1.0'

interface Config {
  readonly providers: { name: string; type: string; url: string }[]
  readonly [key: string]: unknown
}

/** Lays the release out beside the bed's own repository. `metadata` takes the place of metadata.yaml. */
export const clusterctlFor = async (
  bed: Bed,
  { metadata, suffix = '' }: { metadata?: string; suffix?: string } = {},
): Promise<Clusterctl> => {
  const folder = join(bed.folder, `katametal${suffix}`, 'infrastructure-katametal', katametalVersion)
  await mkdir(folder, { recursive: true })
  for (const [name, text] of releaseFiles(packageRoot(), { image: 'localhost/katametal/manager:test' }))
    await writeFile(join(folder, name), name === 'metadata.yaml' && metadata !== undefined ? metadata : text)
  const config = parse(await readFile(join(bed.folder, 'clusterctl.yaml'), 'utf8')) as Config
  const own = {
    name: 'katametal',
    type: 'InfrastructureProvider',
    url: `file://${join(folder, 'infrastructure-components.yaml')}`,
  }
  const path = join(bed.folder, `clusterctl-katametal${suffix}.yaml`)
  await writeFile(path, stringify({ ...config, providers: [...config.providers, own] }))
  const capi = /\/(v[^/]+)\/core-components\.yaml$/.exec(config.providers[0]?.url ?? '')?.[1] ?? ''
  const run = commandAt(bed.program('clusterctl'), ['--config', path], {
    HOME: bed.folder,
    CLUSTERCTL_DISABLE_VERSIONCHECK: 'true',
  })
  const init = [
    ...['init', '--kubeconfig', bed.kubeconfigPath, '--core', `cluster-api:${capi}`],
    ...['--bootstrap', `kubeadm:${capi}`, '--control-plane', `kubeadm:${capi}`],
    ...['--infrastructure', `katametal:${katametalVersion}`],
  ]
  return {
    run,
    kubeconfig: bed.kubeconfigPath,
    init,
    initialise: async () => {
      const known = await bed
        .kubectl(['get', 'providers.clusterctl.cluster.x-k8s.io', '-A', '-o', 'name'])
        .catch(() => '')
      if (!known.includes('infrastructure-katametal')) await run(init)
    },
  }
}
