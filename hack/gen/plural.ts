/**
 * The plural that Cluster API computes from a kind (gobuffalo/flect), for kinds that end regularly. clusterctl refuses
 * CRDs with any other name. Throws for endings whose rule is not covered: choose another kind then.
 */
export const pluralOf = (kind: string): string => {
  const word = kind.toLowerCase()
  if (/(s|x|z|ch|sh|f|fe|us|is|on|um|[aeiou]o|o)$/.test(word)) {
    if (!/(tion|sion)$/.test(word)) throw new Error(`the plural of ${kind} is irregular`)
  }
  return /[^aeiou]y$/.test(word) ? word.replace(/y$/, 'ies') : `${word}s`
}
