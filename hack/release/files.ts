import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { componentsFile, type ComponentOptions } from './components.js'

/** The files of a release (clusterctl provider contract): name and contents. */
export const releaseFiles = (root: string, options: ComponentOptions): ReadonlyMap<string, string> => {
  const folder = join(root, 'config/clusterctl')
  const templates = readdirSync(folder)
    .filter(name => name.endsWith('.yaml'))
    .sort()
    .map(name => [name, readFileSync(join(folder, name), 'utf8')] as const)
  return new Map([...templates, ['infrastructure-components.yaml', componentsFile(root, options)]])
}

/** A configuration of clusterctl that takes katametal from the folder that `make release` wrote. */
export const clusterctlConfig = (repository: string, version: string): string =>
  [
    '# For --config of clusterctl, or as a part of your own $XDG_CONFIG_HOME/cluster-api/clusterctl.yaml.',
    'providers:',
    '  - name: katametal',
    '    type: InfrastructureProvider',
    `    url: ${repository}/infrastructure-katametal/${version}/infrastructure-components.yaml`,
    '',
  ].join('\n')
