/** Something that must be shown nowhere. */
export interface KnownSecret {
  /** What it is, for people. */
  readonly what: string
  readonly value: string
}

/** Something that people or programs may read. */
export interface Output {
  /** Where it stands, for people. */
  readonly where: string
  readonly text: string
}

export interface Leak {
  readonly what: string
  readonly where: string
  /** How the secret was written. */
  readonly form: string
}

/** Shorter values would be found by chance, and so would shorter lines and words of a longer one. */
const shortest = 8
const shortestPart = 20

/**
 * Finds secrets in outputs: as they are, in base64 and base64url (also inside of a longer encoded text), hex, percent
 * encoding and JSON strings; of a secret with several lines each long line, and its last word, is looked for by itself.
 */
export const findLeaks = (outputs: readonly Output[], secrets: readonly KnownSecret[]): Leak[] => {
  const wanted = secrets.flatMap(({ what, value }) => formsOf(value).map(({ form, text }) => ({ what, form, text })))
  return outputs.flatMap(({ where, text }) => {
    const decoded = decodedParts(text)
    return [
      ...wanted.filter(secret => text.includes(secret.text)),
      ...secrets.flatMap(({ what, value }) =>
        value.length >= shortest && decoded.includes(value) ? [{ what, form: 'inside of base64', text: value }] : [],
      ),
    ].map(({ what, form }) => ({ what, where, form }))
  })
}

const formsOf = (value: string): { form: string; text: string }[] => {
  const lines = value.split('\n').map(line => line.trim())
  const words = lines.map(line => line.split(/[\s"']+/).at(-1) ?? '')
  const bytes = Buffer.from(value)
  return [
    { form: 'plain', text: value },
    { form: 'base64', text: bytes.toString('base64') },
    { form: 'base64url', text: bytes.toString('base64url') },
    { form: 'hex', text: bytes.toString('hex') },
    { form: 'percent encoding', text: encodeURIComponent(value) },
    { form: 'JSON string', text: JSON.stringify(value).slice(1, -1) },
    ...(lines.length === 1 ? [] : [...new Set([...lines, ...words.filter(word => !word.includes('://'))])])
      .filter(text => text.length >= shortestPart)
      .map(text => ({ form: `part "${text.slice(0, 4)}..."`, text })),
  ].filter(({ text }) => text.length >= shortest)
}

/** What long runs of base64 characters mean, one after the other. */
const decodedParts = (text: string): string =>
  (text.match(/[A-Za-z0-9+/_-]{12,}={0,2}/g) ?? []).map(run => Buffer.from(run, 'base64').toString('latin1')).join('\n')
