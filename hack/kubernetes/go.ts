import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Oldest Go that Cluster API and Kubernetes of this recipe build with. */
const oldest = [1, 26] as const

/** What is wrong with this machine's Go, for people; undefined when it will do. `output` is that of `go version`. */
export const goTrouble = (output: string | undefined): string | undefined => {
  const needed = `Go ${oldest.join('.')} or newer is needed to build Kubernetes and Cluster API`
  if (output === undefined) return `${needed}; there is no "go" on the PATH. Install it from https://go.dev/dl.`
  const [, major, minor] = /go version go(\d+)\.(\d+)/.exec(output) ?? []
  if (major === undefined || minor === undefined) return `${needed}; "go version" says: ${output.trim()}`
  const recent = Number(major) > oldest[0] || (Number(major) === oldest[0] && Number(minor) >= oldest[1])
  return recent ? undefined : `${needed}; this is go${major}.${minor}. Install a newer one from https://go.dev/dl.`
}

/** Throws an Error for people when Go is missing or too old. */
export const checkGo = async (): Promise<void> => {
  const version = await run('go', ['version']).then(
    ({ stdout }) => stdout,
    () => undefined,
  )
  const trouble = goTrouble(version)
  if (trouble !== undefined) throw new Error(trouble)
}

/**
 * Settings that make a build independent of its surroundings. -mod=readonly: go.mod and go.sum are never rewritten.
 * CGO_ENABLED=0: none of the programs needs C, so a missing compiler must not matter. GOTOOLCHAIN=local: no other Go is
 * fetched behind our back.
 */
const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  CGO_ENABLED: '0',
  GOFLAGS: '-mod=readonly',
  GOTOOLCHAIN: 'local',
})

/** Builds one package into `output`, in the module in `folder`. Go's own words go to standard error. */
export const goBuild = async (folder: string, output: string, pkg: string, flags: string): Promise<void> => {
  const child = spawn('go', ['build', '-trimpath', '-buildvcs=false', '-ldflags', flags, '-o', output, pkg], {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`go build ${pkg} ended with ${String(code)}`)
}

/** A module in Go's module cache. */
export interface ModuleFolder {
  readonly Dir: string
  readonly Version: string
  readonly Sum: string
}

/** Downloads a module, when it is not there, and says where it is. With a version in `module`, outside of any go.mod. */
export const goModule = async (folder: string, module: string): Promise<ModuleFolder> => {
  const { stdout } = await run('go', ['mod', 'download', '-json', module], { cwd: folder, env: environment() })
  return JSON.parse(stdout) as ModuleFolder
}
