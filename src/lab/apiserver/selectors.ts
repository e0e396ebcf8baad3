import { badRequest } from './status-error.js'

export type Labels = Readonly<Record<string, string | undefined>>
export type Matches = (labels: Labels) => boolean

/**
 * A label selector in the query syntax of Kubernetes: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`,
 * joined by commas. Throws 400 for anything else.
 */
export const parseLabelSelector = (text: string): Matches => {
  const terms = splitTerms(text).map(labelTerm)
  return labels => terms.every(term => term(labels))
}

/** Commas separate terms, but not inside the parentheses of a set. */
const splitTerms = (text: string): string[] => {
  const terms = text.split(/,(?![^(]*\))/).map(term => term.trim())
  return terms.length === 1 && terms[0] === '' ? [] : terms
}

const key = '[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?'
const value = '[A-Za-z0-9._-]*'
const setTerm = new RegExp(`^(${key})\\s+(in|notin)\\s*\\(([^()]*)\\)$`)
const equalityTerm = new RegExp(`^(${key})\\s*(=|==|!=)\\s*(${value})$`)
const existenceTerm = new RegExp(`^(!?)\\s*(${key})$`)

const labelTerm = (term: string): Matches => {
  const set = setTerm.exec(term)
  if (set !== null) {
    const [, name = '', operator, list = ''] = set
    const values = new Set(list.split(',').map(item => item.trim()))
    if (operator === 'in') return labels => has(labels, name) && values.has(labels[name] ?? '')
    return labels => !has(labels, name) || !values.has(labels[name] ?? '')
  }
  const equality = equalityTerm.exec(term)
  if (equality !== null) {
    const [, name = '', operator, wanted = ''] = equality
    return operator === '!=' ? labels => labels[name] !== wanted : labels => labels[name] === wanted
  }
  const existence = existenceTerm.exec(term)
  if (existence === null) throw badRequest(`unable to parse requirement of the label selector: ${JSON.stringify(term)}`)
  const [, not, name = ''] = existence
  return not === '!' ? labels => !has(labels, name) : labels => has(labels, name)
}

const has = (labels: Labels, name: string): boolean => Object.hasOwn(labels, name)

/** A field selector such as `metadata.name=a,type!=Opaque` on the fields a resource offers; 400 for any other field. */
export const parseFieldSelector = (text: string, offered: (field: string) => boolean): Matches => {
  const terms = text
    .split(',')
    .filter(term => term !== '')
    .map(term => {
      const match = /^([^=!]+)(=|==|!=)([^=]*)$/.exec(term)
      if (match === null) throw badRequest(`invalid field selector: ${JSON.stringify(term)}`)
      const [, field = '', operator, wanted = ''] = match
      if (!offered(field)) throw badRequest(`field label not supported: ${field}`)
      return (fields: Labels) => ((fields[field] ?? '') === wanted) === (operator !== '!=')
    })
  return fields => terms.every(term => term(fields))
}
