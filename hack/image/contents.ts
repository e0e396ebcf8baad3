import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { ImageFile } from './layer.js'
import { librariesOf } from './libraries.js'

/** What goes into one layer. */
export interface LayerContents {
  readonly title: string
  readonly files: readonly ImageFile[]
}

export interface ContentOptions {
  /** Root of the project, with a built dist/. */
  readonly root: string
  /** The Node that the image shall run. */
  readonly node: string
  /** Absolute path of ipmitool; left out when undefined, and with it the IPMI driver. */
  readonly ipmitool: string | undefined
  /** Image that servers boot the deploy agent from; may be mounted instead. */
  readonly bootImage: string | undefined
}

/** Where the Deployment looks for the boot image. */
export const bootImagePath = 'usr/share/katametal/boot.iso'

/**
 * Everything in the image: Node and ipmitool with the libraries they need, the bundle, the data it reads, and users. No shell
 * and no package manager. What changes seldom comes first, so that updates share layers.
 */
export const imageContents = ({ root, node, ipmitool, bootImage }: ContentOptions): LayerContents[] => [
  { title: 'Node.js', files: [...program('usr/bin/node', node), ...accounts] },
  ...(ipmitool === undefined ? [] : [{ title: 'ipmitool', files: program('usr/bin/ipmitool', ipmitool) }]),
  ...(bootImage === undefined ? [] : [{ title: 'boot image', files: [plain(bootImagePath, readFileSync(bootImage))] }]),
  { title: 'katametal', files: ownFiles(root) },
]

const ownFiles = (root: string): ImageFile[] =>
  ['dist', 'config', 'firmware-profiles', 'package.json', 'LICENSE'].flatMap(name =>
    filesBelow(join(root, name), name).map(([path, from]) => plain(`opt/katametal/${path}`, readFileSync(from))),
  )

/** Source maps are for developers. */
const filesBelow = (from: string, path: string): [path: string, from: string][] => {
  if (!existsSync(from)) throw new Error(`${path} is missing: run make build first`)
  const entries = readdirIfFolder(from)
  if (entries === undefined) return from.endsWith('.map') ? [] : [[path, from]]
  return entries.flatMap(name => filesBelow(join(from, name), `${path}/${name}`))
}

const readdirIfFolder = (path: string): string[] | undefined => {
  try {
    return readdirSync(path).sort()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return undefined
    throw error
  }
}

/** The program, and its libraries where its loader looks for them. */
const program = (path: string, from: string): ImageFile[] => [
  { path, contents: readFileSync(from), executable: true },
  ...librariesOf(from).map(library => ({
    path: library.slice(1),
    contents: readFileSync(realpathSync(library)),
    executable: true,
  })),
]

const plain = (path: string, contents: Buffer): ImageFile => ({ path, contents, executable: false })

const accounts: ImageFile[] = [
  plain('etc/passwd', Buffer.from('root:x:0:0::/:\nnonroot:x:65532:65532::/tmp:\n')),
  plain('etc/group', Buffer.from('root:x:0:\nnonroot:x:65532:\n')),
]
