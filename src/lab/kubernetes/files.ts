import { writeFile } from 'node:fs/promises'

/** Writes files that only their owner can read: they hold keys and tokens. */
export const writePrivate = async (files: Readonly<Record<string, string>>): Promise<void> => {
  await Promise.all(Object.entries(files).map(([path, text]) => writeFile(path, text, { mode: 0o600 })))
}
