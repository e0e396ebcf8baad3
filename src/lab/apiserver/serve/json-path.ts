import { isList, isObject, type Json } from '../json.js'

type Step = (values: readonly Json[]) => readonly Json[]

/**
 * Compiles the JSONPath of a printer column: `.a.b`, escaped dots (`.a\.b`), `['a']`, `[0]`, `[*]`, `.*`, `..a` is not
 * known, and filters `[?(@.a.b=="x")]` with ==, !=, <, <=, >, >=. A path that is not understood finds nothing.
 */
export const compileJsonPath = (path: string): ((value: Json) => readonly Json[]) => {
  const text = path.replace(/^\{(.*)\}$/s, '$1').replace(/^\$/, '')
  const steps: Step[] = []
  const token = /\.((?:\\.|[^.[\\])+)|\[(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|(-?\d+)|(\*)|\?\((.*?)\))\]/gy
  let end = 0
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    end = token.lastIndex
    const [, name, single, double, index, star, filter] = match
    const key = name ?? single ?? double
    if (star !== undefined || key === '*') steps.push(values => values.flatMap(children))
    else if (key !== undefined) steps.push(property(key.replace(/\\(.)/g, '$1')))
    else if (index !== undefined)
      steps.push(values => values.flatMap(value => (isList(value) ? value.slice(Number(index)).slice(0, 1) : [])))
    else steps.push(filtered(filter ?? ''))
  }
  if (end !== text.length) return () => []
  return value => steps.reduce<readonly Json[]>((values, step) => step(values), [value])
}

const children = (value: Json): readonly Json[] => {
  if (isList(value)) return value
  return isObject(value) ? Object.values(value).filter(item => item !== undefined) : []
}

const property =
  (key: string): Step =>
  values =>
    values.flatMap(value => {
      const found = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
      return found === undefined ? [] : [found]
    })

const condition = /^@((?:\.(?:\\.|[^.=!<>\s\\])+)+)\s*(?:(==|!=|<=|>=|<|>)\s*(?:"([^"]*)"|'([^']*)'|(\S+)))?$/

const filtered = (text: string): Step => {
  const match = condition.exec(text.trim())
  if (match === null) return () => []
  const [, path = '', operator, double, single, bare] = match
  const read = compileJsonPath(path)
  const wanted: Json = double ?? single ?? literal(bare)
  return values =>
    values.flatMap(children).filter(item => {
      const found = read(item)[0]
      if (operator === undefined) return found !== undefined
      return found !== undefined && holds(operator, found, wanted)
    })
}

const literal = (text: string | undefined): Json => {
  if (text === 'true' || text === 'false') return text === 'true'
  const number = Number(text)
  return text === undefined || Number.isNaN(number) ? (text ?? null) : number
}

const holds = (operator: string, seen: Json, wanted: Json): boolean => {
  if (operator === '==') return seen === wanted
  if (operator === '!=') return seen !== wanted
  if (typeof seen !== 'number' || typeof wanted !== 'number') return false
  if (operator === '<') return seen < wanted
  if (operator === '<=') return seen <= wanted
  return operator === '>' ? seen > wanted : seen >= wanted
}
