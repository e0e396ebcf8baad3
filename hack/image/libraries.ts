import { execFileSync } from 'node:child_process'

/** The shared libraries that a program needs, with the loader, as absolute paths (ldd of glibc). Sorted. */
export const librariesOf = (program: string): string[] => pathsIn(execFileSync('ldd', [program], { encoding: 'utf8' }))

/** The paths in what ldd prints; throws when one was not found. */
export const pathsIn = (text: string): string[] => {
  const missing = /^\s*(\S+) => not found/m.exec(text)?.[1]
  if (missing !== undefined) throw new Error(`the library ${missing} is not installed`)
  const paths = text.split('\n').flatMap(line => /(?:=> )?(\/\S+) \(0x[0-9a-f]+\)/.exec(line)?.[1] ?? [])
  return [...new Set(paths)].sort()
}
