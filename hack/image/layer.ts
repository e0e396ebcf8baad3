import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

/** A file of the image. Everything belongs to root and can be read by everybody; nothing can be written. */
export interface ImageFile {
  /** Without a leading slash. */
  readonly path: string
  readonly contents: Buffer
  readonly executable: boolean
}

/** One layer (OCI image specification, layer.md): the same files give the same bytes. */
export interface Layer {
  /** What it holds, for the history of the image. */
  readonly title: string
  readonly blob: Buffer
  /** Digest of the tar file before compression. */
  readonly diffID: string
}

export const layerOf = async (title: string, files: readonly ImageFile[]): Promise<Layer> => {
  const tar = await tarOf(files)
  // No name and no time are in the header; the level is fixed.
  return { title, blob: gzipSync(tar, { level: 9 }), diffID: digestOf(tar) }
}

export const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** A tar archive with folders before what is in them, sorted, without times and owners. */
export const tarOf = async (files: readonly ImageFile[]): Promise<Buffer> => {
  const archive = pack()
  const chunks: Buffer[] = []
  const read = (async () => {
    for await (const chunk of archive) chunks.push(chunk)
  })()
  const common = { mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' }
  for (const name of foldersOf(files)) archive.entry({ ...common, name: `${name}/`, type: 'directory', mode: 0o755 })
  for (const { path, contents, executable } of [...files].sort(byPath))
    archive.entry({ ...common, name: path, type: 'file', mode: executable ? 0o755 : 0o644 }, contents)
  archive.finalize()
  await read
  return Buffer.concat(chunks)
}

const foldersOf = (files: readonly ImageFile[]): string[] => {
  const folders = files.flatMap(({ path }) => {
    const parts = path.split('/').slice(0, -1)
    return parts.map((_part, index) => parts.slice(0, index + 1).join('/'))
  })
  return [...new Set(folders)].sort()
}

const byPath = (a: ImageFile, b: ImageFile): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)
