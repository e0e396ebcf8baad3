import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/base/package-root.js'
import { containerdFolder, containerds } from './programs.js'

// `make containerd`: builds the containerds that the rendered configuration is held against into the cache, from the
// go.mod and go.sum beside this file, and takes the 1.6 of Debian 12 from its mirror. Prints the folder.
const folder = containerdFolder(process.env)
mkdirSync(folder, { recursive: true })

for (const { minor, package: path } of containerds) {
  const output = join(folder, `containerd-${minor}`)
  if (existsSync(output)) continue
  const build = spawnSync('go', ['build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', output, path], {
    cwd: join(packageRoot(), 'hack', 'containerd', minor),
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local' },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (build.status !== 0) throw new Error(`go build of containerd ${minor} ended with ${String(build.status)}`)
}

const debian = join(folder, 'containerd-1.6')
if (!existsSync(debian)) takeFromDebian(debian)
console.log(folder)

/** Debian's package, unpacked and not installed; its absence only leaves out a negative case. */
function takeFromDebian(output: string): void {
  const scratch = mkdtempSync(join(tmpdir(), 'katametal-containerd-'))
  try {
    execFileSync('apt-get', ['download', 'containerd'], { cwd: scratch, stdio: 'ignore' })
    const [archive] = readdirSync(scratch).filter(name => name.startsWith('containerd_1.6'))
    if (archive === undefined) return
    execFileSync('dpkg', ['-x', archive, 'unpacked'], { cwd: scratch })
    execFileSync('cp', [join(scratch, 'unpacked/usr/bin/containerd'), `${output}.part`])
    renameSync(`${output}.part`, output)
  } catch {
    console.error('containerd 1.6 of Debian 12 cannot be had here: its suite is left out')
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
