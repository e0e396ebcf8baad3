/** Each digit and letter becomes another one of its class and case; hexadecimal texts stay hexadecimal. */
export const scrambled = (value: string, chance: (below: number) => number): string => {
  const hex = /^(0x)?[0-9a-f:-]+$/i.test(value) && /[a-f]/i.test(value)
  const start = value.startsWith('0x') ? 2 : 0
  const letters = hex ? 6 : 26
  const other = (character: string, base: number, size: number): string =>
    String.fromCharCode(base + ((character.charCodeAt(0) - base + 1 + chance(size - 1)) % size))
  const body = value.slice(start).replace(/[0-9a-z]/gi, character => {
    if (/[0-9]/.test(character)) return other(character, 48, 10)
    return /[a-z]/.test(character) ? other(character, 97, letters) : other(character, 65, letters)
  })
  return value.slice(0, start) + body
}

/** Bare hex digits; of six bytes the first becomes 02: unicast and locally administered, so nobody's. */
export const scrambledMac = (bare: string, chance: (below: number) => number): string => {
  const bytes = Array.from({ length: bare.length / 2 }, () => chance(256).toString(16).padStart(2, '0'))
  return bare.length === 12 ? ['02', ...bytes.slice(1)].join('') : bytes.join('')
}
