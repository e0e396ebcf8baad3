import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** The contents of a small file without white space around it; undefined when it is missing, unreadable or empty. */
export const readText = async (...path: string[]): Promise<string | undefined> => {
  try {
    const text = (await readFile(join(...path), 'utf8')).replaceAll('\0', '').trim()
    return text === '' ? undefined : text
  } catch {
    return undefined
  }
}

/** A whole number in a file; undefined when it is none. */
export const readNumber = async (...path: string[]): Promise<number | undefined> => {
  const text = await readText(...path)
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined
}

/** Names in a folder, sorted; none when it is missing. */
export const namesIn = async (...path: string[]): Promise<string[]> => {
  try {
    return (await readdir(join(...path))).sort()
  } catch {
    return []
  }
}

export const exists = async (...path: string[]): Promise<boolean> =>
  stat(join(...path)).then(
    () => true,
    () => false,
  )

/** The last word of where a symbolic link leads. */
export const linkName = async (...path: string[]): Promise<string | undefined> => {
  try {
    return basename(await readlink(join(...path)))
  } catch {
    return undefined
  }
}

/** An object without its undefined members. */
export const known = <T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
