import { isList, isObject, type Json } from '../json.js'
import { functions, loop, macros, methods } from './functions.js'
import { type Token, tokenize, UnknownCel } from './lexer.js'
import { and, binary, choose, negate, not, or, precedence } from './operators.js'
import { CelError, type Expression, lookUp } from './scope.js'

/**
 * Compiles the subset of CEL that validation rules commonly use: literals, lists, field access, indexes, has(), operators,
 * `?:`, the string functions of functions.ts and the macros all, exists, exists_one, filter and map. Throws UnknownCel for
 * everything else, so that a rule is either evaluated right or not at all.
 */
export const compileCel = (source: string): Expression => {
  const parser = new Parser(tokenize(source))
  const expression = parser.ternary()
  parser.expectEnd()
  return expression
}

class Parser {
  readonly #tokens: readonly Token[]
  /** Expressions that select a field, for has(). */
  readonly #fields = new Map<Expression, { readonly operand: Expression; readonly name: string }>()
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  ternary(): Expression {
    const condition = this.#operators(0)
    if (!this.#accept('?')) return condition
    const yes = this.ternary()
    this.#expect(':')
    return choose(condition, yes, this.ternary())
  }

  expectEnd(): void {
    if (this.#peek().kind !== 'end') throw new UnknownCel(`unexpected ${this.#peek().text}`)
  }

  #operators(weakest: number): Expression {
    let left = this.#unary()
    while (true) {
      const operator = this.#peek().text
      const binding = this.#peek().kind === 'string' ? undefined : precedence[operator]
      if (binding === undefined || binding <= weakest) return left
      this.#at++
      left = combine(operator, left, this.#operators(binding))
    }
  }

  #unary(): Expression {
    if (this.#accept('!')) return not(this.#unary())
    if (this.#accept('-')) return negate(this.#unary())
    return this.#member()
  }

  #member(): Expression {
    let value = this.#primary()
    while (true) {
      if (this.#accept('.')) value = this.#selection(value)
      else if (this.#accept('[')) {
        value = index(value, this.ternary())
        this.#expect(']')
      } else return value
    }
  }

  #selection(value: Expression): Expression {
    const name = this.#name()
    if (!this.#accept('(')) return this.#field(value, unescapeName(name))
    const macro = Object.hasOwn(macros, name) ? macros[name] : undefined
    if (macro !== undefined) {
      const variable = this.#name()
      this.#expect(',')
      const body = this.ternary()
      this.#expect(')')
      return loop(macro, value, variable, body)
    }
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined
    if (method === undefined) throw new UnknownCel(`unknown function ${name}`)
    const values = this.#list(')')
    return scope => method(value(scope), ...values.map(part => part(scope)))
  }

  #field(operand: Expression, name: string): Expression {
    const expression = field(operand, name)
    this.#fields.set(expression, { operand, name })
    return expression
  }

  #primary(): Expression {
    const token = this.#next()
    if (token.kind === 'number') return constant(numberOf(token.text))
    if (token.kind === 'string') return constant(token.text)
    if (token.text === '(') {
      const inner = this.ternary()
      this.#expect(')')
      return inner
    }
    if (token.text === '[') {
      const items = this.#list(']')
      return scope => items.map(item => item(scope))
    }
    if (token.kind !== 'name') throw new UnknownCel(`unexpected ${token.text}`)
    return this.#accept('(') ? this.#call(token.text) : variable(token.text)
  }

  #call(name: string): Expression {
    if (name === 'has') {
      const path = this.ternary()
      this.#expect(')')
      const selected = this.#fields.get(path)
      if (selected === undefined) throw new UnknownCel('has() takes a field')
      return scope => {
        const object = selected.operand(scope)
        return isObject(object) && Object.hasOwn(object, selected.name)
      }
    }
    const call = Object.hasOwn(functions, name) ? functions[name] : undefined
    if (call === undefined) throw new UnknownCel(`unknown function ${name}`)
    const values = this.#list(')')
    return scope => call(...values.map(value => value(scope)))
  }

  #list(close: string): Expression[] {
    const items: Expression[] = []
    while (!this.#accept(close)) {
      if (items.length > 0) this.#expect(',')
      items.push(this.ternary())
    }
    return items
  }

  #name(): string {
    const token = this.#next()
    if (token.kind !== 'name') throw new UnknownCel(`a name was expected, not ${token.text}`)
    return token.text
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' }
  }

  #next(): Token {
    const token = this.#peek()
    this.#at++
    return token
  }

  #accept(symbol: string): boolean {
    const { kind, text } = this.#peek()
    if (kind !== 'symbol' || text !== symbol) return false
    this.#at++
    return true
  }

  #expect(symbol: string): void {
    if (!this.#accept(symbol)) throw new UnknownCel(`${symbol} was expected, not ${this.#peek().text}`)
  }
}

/** JSON has one kind of number: a whole double would divide like an integer, so it is not taken. */
const numberOf = (text: string): number => {
  const value = Number(text)
  if (text.includes('.') && Number.isInteger(value)) throw new UnknownCel(`${text} is not told from an integer`)
  return value
}

const constant =
  (value: Json): Expression =>
  () =>
    value

const literals: Readonly<Record<string, Json>> = { true: true, false: false, null: null }

const variable = (name: string): Expression => {
  const value = Object.hasOwn(literals, name) ? literals[name] : undefined
  return value === undefined ? scope => lookUp(scope, name) : constant(value)
}

const combine = (operator: string, left: Expression, right: Expression): Expression => {
  if (operator === '&&') return and(left, right)
  if (operator === '||') return or(left, right)
  const apply = binary[operator]
  if (apply === undefined) throw new UnknownCel(`unknown operator ${operator}`)
  return scope => apply(left(scope), right(scope))
}

/** Keys with characters that names may not have are escaped in CEL: `__dot__`, `__dash__`, `__slash__`, `__x__` for keywords. */
const unescapeName = (name: string): string => {
  const plain = name.replaceAll('__dot__', '.').replaceAll('__dash__', '-').replaceAll('__slash__', '/')
  return /^__(namespace|in|true|false|null|as|break|const|continue|else|for|function|if|import|let|loop|package|return|var|void|while)__$/.test(
    plain,
  )
    ? plain.slice(2, -2)
    : plain
}

const field =
  (value: Expression, name: string): Expression =>
  scope => {
    const object = value(scope)
    const found = isObject(object) && Object.hasOwn(object, name) ? object[name] : undefined
    if (found === undefined) throw new CelError(`no such key: ${name}`)
    return found
  }

const index =
  (value: Expression, at: Expression): Expression =>
  scope => {
    const [container, key] = [value(scope), at(scope)]
    const found = isList(container)
      ? container[Number(key)]
      : isObject(container) && typeof key === 'string' && Object.hasOwn(container, key)
        ? container[key]
        : undefined
    if (found === undefined) throw new CelError(`no such key: ${JSON.stringify(key)}`)
    return found
  }
