/** Bytes in the largest binary unit that leaves at least one: `1.5 TiB`. */
export const size = (bytes: number): string => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${Math.round((bytes / 2 ** (10 * power)) * 10) / 10} ${units[power] ?? ''}`
}
