import { allKinds } from '../../api/kinds.js'
import { crdOf } from './crd.js'
import type { Files } from './files.js'
import { rbacFiles } from './rbac.js'
import { yamlFile } from './yaml.js'

/** Everything that is generated, in memory. */
export const generate = async (_root: string): Promise<Files> => new Map([...crdFiles(), ...rbacFiles()])

const crdFiles = (): [string, string][] =>
  allKinds.map(kind => [`config/crd/${kind.group}_${kind.plural}.yaml`, yamlFile('api/', crdOf(kind))])
