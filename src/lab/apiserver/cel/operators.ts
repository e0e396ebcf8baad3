import { equal, isList, isObject, type Json } from '../json.js'
import { CelError, type Expression } from './scope.js'

const truth = (value: Json): boolean => {
  if (typeof value === 'boolean') return value
  throw new CelError('no such overload: a condition must be a boolean')
}

/** `&&` and `||` decide from either side: an error on one side does not matter when the other decides. */
const logic =
  (decisive: boolean) =>
  (left: Expression, right: Expression): Expression =>
  scope => {
    let error: CelError | undefined
    try {
      if (truth(left(scope)) === decisive) return decisive
    } catch (thrown) {
      if (!(thrown instanceof CelError)) throw thrown
      error = thrown
    }
    if (truth(right(scope)) === decisive) return decisive
    if (error !== undefined) throw error
    return !decisive
  }

export const and = logic(false)
export const or = logic(true)

export const not =
  (operand: Expression): Expression =>
  scope =>
    !truth(operand(scope))

export const negate =
  (operand: Expression): Expression =>
  scope =>
    -numberOf(operand(scope))

export const choose =
  (condition: Expression, yes: Expression, no: Expression): Expression =>
  scope =>
    truth(condition(scope)) ? yes(scope) : no(scope)

const numberOf = (value: Json): number => {
  if (typeof value === 'number') return value
  throw new CelError('no such overload: a number is needed')
}

const compareValues = (a: Json, b: Json): number => {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  return numberOf(a) - numberOf(b)
}

const isIn = (item: Json, container: Json): boolean => {
  if (isList(container)) return container.some(other => equal(item, other))
  if (isObject(container)) return typeof item === 'string' && Object.hasOwn(container, item)
  throw new CelError('no such overload: in needs a list or a map')
}

const plus = (a: Json, b: Json): Json => {
  if (typeof a === 'string' && typeof b === 'string') return a + b
  if (isList(a) && isList(b)) return [...a, ...b]
  return numberOf(a) + numberOf(b)
}

const divisor = (value: Json): number => {
  const number = numberOf(value)
  if (number === 0) throw new CelError('division by zero')
  return number
}

/** Whole numbers divide as integers: the values come from schemas of type integer. */
const divide = (a: Json, b: Json): number => {
  const quotient = numberOf(a) / divisor(b)
  return Number.isInteger(a) && Number.isInteger(b) ? Math.trunc(quotient) : quotient
}

/** Binary operators by their symbol, without `&&` and `||`. */
export const binary: Readonly<Record<string, (a: Json, b: Json) => Json>> = {
  '==': (a, b) => equal(a, b),
  '!=': (a, b) => !equal(a, b),
  '<': (a, b) => compareValues(a, b) < 0,
  '<=': (a, b) => compareValues(a, b) <= 0,
  '>': (a, b) => compareValues(a, b) > 0,
  '>=': (a, b) => compareValues(a, b) >= 0,
  in: isIn,
  '+': plus,
  '-': (a, b) => numberOf(a) - numberOf(b),
  '*': (a, b) => numberOf(a) * numberOf(b),
  '/': divide,
  '%': (a, b) => numberOf(a) % divisor(b),
}

/** How tightly binary operators bind; higher is tighter. */
export const precedence: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  in: 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
}
