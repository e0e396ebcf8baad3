const factors: Readonly<Record<string, bigint>> = {
  '': 1n,
  k: 10n ** 3n,
  M: 10n ** 6n,
  G: 10n ** 9n,
  T: 10n ** 12n,
  P: 10n ** 15n,
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
}

/**
 * Bytes of a Kubernetes quantity such as `64Gi` or `1.5T`, rounded up; undefined for anything that the schema of
 * `needs` would refuse.
 */
export const bytesOf = (quantity: string): number | undefined => {
  const parts = /^([0-9]+)(?:\.([0-9]+))?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$/.exec(quantity)
  if (parts === null) return undefined
  const [, whole = '0', fraction = '', unit = ''] = parts
  const scale = 10n ** BigInt(fraction.length)
  const scaled = BigInt(whole + fraction) * (factors[unit] ?? 1n)
  return Number((scaled + scale - 1n) / scale)
}
