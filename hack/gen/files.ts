import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Generated files: path from the root of the project, and contents. */
export type Files = ReadonlyMap<string, string>

/** Folders in which nothing but generated files may stand. */
export const ownedFolders = ['config/crd', 'config/rbac'] as const

/** Paths that are missing, differ, or stand in an owned folder without being generated any more; sorted. */
export const differing = async (root: string, files: Files): Promise<string[]> => {
  const wrong = await Promise.all(
    [...files].map(async ([path, text]) => ((await read(join(root, path))) === text ? [] : [path])),
  )
  return [...wrong.flat(), ...(await leftOver(root, files))].sort()
}

/** Writes what differs and removes what is left over; returns the paths that were touched. */
export const write = async (root: string, files: Files): Promise<string[]> => {
  const wrong = await differing(root, files)
  for (const path of wrong) {
    const text = files.get(path)
    if (text === undefined) await rm(join(root, path))
    else {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
    }
  }
  return wrong
}

const leftOver = async (root: string, files: Files): Promise<string[]> => {
  const found = await Promise.all(
    ownedFolders.map(async folder => (await list(join(root, folder))).map(name => `${folder}/${name}`)),
  )
  return found.flat().filter(path => !files.has(path))
}

const list = async (folder: string): Promise<string[]> => {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

const read = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'
