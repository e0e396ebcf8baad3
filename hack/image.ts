import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageRoot } from '../src/base/package-root.js'
import { imageContents } from './image/contents.js'
import { layerOf } from './image/layer.js'
import { imageOf } from './image/oci.js'

// `make image` writes out/image/katametal-manager.tar, an OCI image layout, from what is on this machine: no daemon, no
// registry, no base image. `--rootfs DIR` writes the files instead, for the Dockerfile.
const argument = (flag: string): string | undefined => {
  const at = process.argv.indexOf(flag)
  return at < 0 ? undefined : process.argv[at + 1]
}

const root = packageRoot(import.meta.url)
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
const ipmitool = ['/usr/bin/ipmitool', '/usr/local/bin/ipmitool'].find(path => existsSync(path))
const contents = imageContents({ root, node: process.execPath, ipmitool, bootImage: argument('--boot-image') })
const rootfs = argument('--rootfs')

if (rootfs === undefined) {
  const name = argument('--name') ?? `localhost/katametal/manager:v${version}`
  const layers = await Promise.all(contents.map(({ title, files }) => layerOf(title, files)))
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const { digest, archive } = await imageOf({ name, version, architecture, layers })
  const path = join(root, 'out/image/katametal-manager.tar')
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, archive)
  console.log(`${name} ${digest} (${Math.round(archive.length / 1024 ** 2)} MiB) in ${path}`)
  if (ipmitool === undefined) console.log('ipmitool is not installed here: the image has no IPMI driver')
} else
  for (const { files } of contents)
    for (const file of files) {
      const path = join(rootfs, file.path)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, file.contents)
      await chmod(path, file.executable ? 0o755 : 0o644)
    }
