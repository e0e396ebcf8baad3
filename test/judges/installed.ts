import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The folder that hack/judges/install.sh made; `make test-judges` passes it. */
const folder = process.env['KATAMETAL_JUDGES']

/** A program of the venv. */
export const judgeProgram = (name: string): string => judgeFile(join('venv', 'bin', name))

/** A file of the judges' folder; throws when it is not there. */
export const judgeFile = (name: string): string => {
  if (folder === undefined) throw new Error('run the judges with `make test-judges`, which installs them')
  const path = join(folder, name)
  if (!existsSync(path)) throw new Error(`${path} is missing: see hack/judges/install.sh`)
  return path
}

/** Whether the schemas could be installed: they need cargo. Continuous integration has it. */
export const schemasInstalled = (): boolean => folder !== undefined && existsSync(join(folder, 'csdl', '.done'))

/** Whether a judge may be left out when what it needs is missing. */
export const mayBeMissing = process.env['CI'] === undefined
