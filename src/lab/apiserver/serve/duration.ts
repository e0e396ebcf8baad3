/** A duration as `kubectl get` shows ages: `45s`, `3m20s`, `17m`, `5h12m`, `3d4h`, `12d`, `2y30d`. */
export const shortDuration = (ms: number): string => {
  const seconds = Math.floor(ms / 1000)
  if (Number.isNaN(seconds)) return '<invalid>'
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  if (seconds < 120) return `${seconds}s`
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  if (days < 8) return pair(days, 'd', hours % 24, 'h')
  if (days < 730) return `${days}d`
  const years = Math.floor(days / 365)
  return days < 365 * 8 ? pair(years, 'y', days % 365, 'd') : `${years}y`
}

const pair = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`
