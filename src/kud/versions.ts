/** MAJOR, MINOR and PATCH of a version with or without a leading v. */
export type Version = readonly [major: number, minor: number, patch: number]

/** What follows the patch (`-rc.1`) is left out: release candidates count as their release. */
export const parseVersion = (text: string): Version => {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? []
  return [Number(major ?? 0), Number(minor ?? 0), Number(patch ?? 0)]
}

/** Negative when `a` is older. */
export const compareVersions = (a: string, b: string): number => {
  const left = parseVersion(a)
  const right = parseVersion(b)
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2]
}

/** `v1.35.2` -> `1.35`. */
export const minorOf = (version: string): string => parseVersion(version).slice(0, 2).join('.')

/** `v1.35.2` -> `1.35.2`. */
export const withoutV = (version: string): string => version.replace(/^v/, '')
