import { InvalidArgumentError } from 'commander'

/** `90s`, `15m`, `2h`, `7d`, or several: `1h30m`. */
export const duration = (text: string): number => {
  const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
  if (!/^(\d+(\.\d+)?[smhd])+$/.test(text)) throw new InvalidArgumentError('a duration such as 30m, 2h or 7d')
  return [...text.matchAll(/([\d.]+)([smhd])/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ''] ?? 0),
    0,
  )
}
