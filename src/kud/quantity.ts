const units: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
}

/** A quantity as api/meta.ts allows it (320Mi, 250m, 1.5), as a number of its base unit. NaN for other text. */
export const quantityValue = (text: string): number => {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(text) ?? []
  return Number(number) * (units[unit ?? ''] ?? Number.NaN)
}
