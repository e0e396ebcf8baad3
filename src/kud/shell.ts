/** A word that bash takes literally. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** Lines of bash that write a file with exactly this text. */
export const putFile = (path: string, mode: '0644' | '0755', text: string): string =>
  `put ${path} ${mode} ${hereDocument(text)}`

/** A function of bash that prints exactly this text. */
export const printer = (name: string, text: string): string => `${name}() {\ncat ${hereDocument(text)}\n}`

const hereDocument = (text: string): string => {
  const body = text.endsWith('\n') ? text : `${text}\n`
  let end = 'KATAMETAL'
  while (body.split('\n').includes(end)) end += '_'
  return `<<'${end}'\n${body}${end}`
}
