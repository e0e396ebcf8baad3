import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments, stringify } from 'yaml'
import type { KubeObject } from '../../api/meta.js'

/** A manifest of any kind. */
export type Manifest = KubeObject & Record<string, unknown>

/** `cluster.x-k8s.io/provider` of everything that belongs to katametal (clusterctl provider contract). */
export const providerLabel = ['cluster.x-k8s.io/provider', 'infrastructure-katametal'] as const

/** In the order in which they are applied: what is referred to comes first. */
const folders = [
  'config/manager/namespace.yaml',
  'config/crd',
  'config/rbac',
  'config/policies',
  'config/manager',
] as const

export interface ComponentOptions {
  /** Name of the image, with its registry and tag. */
  readonly image: string
}

/** infrastructure-components.yaml: everything that `clusterctl init` installs, as one file. */
export const componentsFile = (root: string, { image }: ComponentOptions): string => {
  const manifests = unique(folders.flatMap(path => read(join(root, path))))
  return manifests.map(manifest => document(labelled(forRelease(manifest, image)))).join('---\n')
}

/** All documents of a file, or of the YAML files of a folder in the order of their names. */
export const read = (path: string): Manifest[] => {
  const files = path.endsWith('.yaml')
    ? [path]
    : readdirSync(path)
        .filter(name => name.endsWith('.yaml'))
        .sort()
        .map(name => join(path, name))
  return files.flatMap(file =>
    parseAllDocuments(readFileSync(file, 'utf8')).map(parsed => {
      const [error] = parsed.errors
      if (error !== undefined) throw error
      return parsed.toJS() as Manifest
    }),
  )
}

const unique = (manifests: readonly Manifest[]): Manifest[] => [
  ...new Map(manifests.map(manifest => [`${manifest.kind}/${manifest.metadata.name}`, manifest])).values(),
]

const labelled = (manifest: Manifest): Manifest => {
  const [key, value] = providerLabel
  return { ...manifest, metadata: { ...manifest.metadata, labels: { ...manifest.metadata.labels, [key]: value } } }
}

interface Container {
  name: string
  image: string
  args: string[]
}

/** Puts the image in, and the variable for what only the site knows. */
const forRelease = (manifest: Manifest, image: string): Manifest => {
  if (manifest.kind !== 'Deployment') return manifest
  const copy = structuredClone(manifest) as Manifest & { spec: { template: { spec: { containers: Container[] } } } }
  for (const container of copy.spec.template.spec.containers) {
    container.image = image
    container.args = container.args.map(advertised)
  }
  return copy
}

/** The address that servers reach the manager at; that of its Pod, which the kubelet fills in, does on flat networks. */
const advertised = (argument: string): string => {
  const [flag, address] = argument.split('=')
  return flag === '--advertised-url' ? `${flag}=\${KATAMETAL_ADVERTISED_URL:=${address ?? ''}}` : argument
}

const document = (manifest: Manifest): string => stringify(manifest, { lineWidth: 120, aliasDuplicateObjects: false })
