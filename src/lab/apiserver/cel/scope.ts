import type { Json } from '../json.js'

/** Variables in reach of an expression: `self`, `oldSelf` and those of macros. */
export interface Scope {
  readonly name: string
  readonly value: Json
  readonly outer: Scope | undefined
}

/** A compiled expression. Throws CelError where CEL has an error value. */
export type Expression = (scope: Scope | undefined) => Json

/** An error value of CEL, such as a missing key. */
export class CelError extends Error {
  override readonly name = 'CelError'
}

export const lookUp = (scope: Scope | undefined, name: string): Json => {
  for (let here = scope; here !== undefined; here = here.outer) if (here.name === name) return here.value
  throw new CelError(`undeclared reference to ${name}`)
}
