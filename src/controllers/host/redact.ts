const hidden = '[hidden]'
const shortest = 6
const window = 8

/**
 * `text` without the words of `secret`, also where they were cut. Words are what stands between blanks, quotes and
 * brackets; shorter ones than 6 characters, keys (`token:`), paths and flags are left, since they say what was done
 * and not with which secret. Pure.
 */
export const hidingWordsOf = (secret: string, text: string): string => {
  const words = wordsOf(secret)
  const pieces = new Set(words.flatMap(piecesOf))
  const marked = new Uint8Array(text.length)
  for (const size of new Set([...pieces].map(piece => piece.length)))
    for (let start = 0; start + size <= text.length; start++)
      if (pieces.has(text.slice(start, start + size))) marked.fill(1, start, start + size)
  return withoutMarked(text, marked)
}

const wordsOf = (secret: string): string[] =>
  secret
    .split(/[\s"'`,;(){}[\]<>]+/)
    .filter(word => !word.endsWith(':') && !/^(--?[a-z-]+|\/[a-z0-9._/-]*)$/.test(word))
    .flatMap(word => word.split(/[:=]/))
    .filter(word => word.length >= shortest)

/** Every stretch of a long word is hidden by itself, so that a word which was cut is hidden, too. */
const piecesOf = (word: string): string[] =>
  word.length <= window
    ? [word]
    : Array.from({ length: word.length - window + 1 }, (_, start) => word.slice(start, start + window))

const withoutMarked = (text: string, marked: Uint8Array): string => {
  let shown = ''
  for (let at = 0; at < text.length; at++) {
    if (marked[at] === 0) shown += text.charAt(at)
    else if (at === 0 || marked[at - 1] === 0) shown += hidden
  }
  return shown
}
