/** One word of a CEL expression. */
export interface Token {
  readonly kind: 'number' | 'string' | 'name' | 'symbol' | 'end'
  readonly text: string
}

/** What this evaluator does not know: such a rule is skipped, never guessed. */
export class UnknownCel extends Error {
  override readonly name = 'UnknownCel'
}

const pattern =
  /\s*(?:(\d+\.\d+(?:[eE][+-]?\d+)?|\d+u?)|(r?)(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)')|([A-Za-z_][A-Za-z0-9_]*)|(&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()[\]{}]))/y

/** Splits CEL source into tokens. Throws UnknownCel for anything outside of the subset. */
export const tokenize = (source: string): Token[] => {
  const tokens: Token[] = []
  let at = 0
  while (at < source.trimEnd().length) {
    pattern.lastIndex = at
    const match = pattern.exec(source)
    if (match === null) throw new UnknownCel(`unexpected text at ${at}`)
    at = pattern.lastIndex
    const [, number, raw, double, single, name, symbol] = match
    const text = double ?? single
    if (number !== undefined) tokens.push({ kind: 'number', text: number.replace('u', '') })
    else if (text !== undefined) tokens.push({ kind: 'string', text: raw === 'r' ? text : unescape(text) })
    else if (name !== undefined) tokens.push({ kind: 'name', text: name })
    else tokens.push({ kind: 'symbol', text: symbol ?? '' })
  }
  return [...tokens, { kind: 'end', text: '' }]
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

const unescape = (text: string): string =>
  text.replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_whole, escape: string) =>
    escape.length === 5 ? String.fromCharCode(Number.parseInt(escape.slice(1), 16)) : (escapes[escape] ?? escape),
  )
