import type { z } from 'zod'
import type { CelRule } from './kind.js'

/** A rule that JSON Schema cannot say, once in CEL for the API server and once in TypeScript for our own checks. */
export interface Rule<Value> extends CelRule {
  /** The same as `rule`; gets the value with its defaults. */
  readonly holds: (value: Value) => boolean
}

/** Marks the zod issue of a {@link Rule}: such an issue has a CEL rule, not a keyword, as its counterpart in the CRD. */
export const celIssue = { cel: true } as const

/** Adds rules to a schema; `self` in CEL is the value of that schema. */
export const withRules = <S extends z.ZodType>(schema: S, ...rules: readonly Rule<z.output<S>>[]): S => {
  const checked = rules.reduce<S>(
    (refined, { message, holds }) => refined.refine(holds, { message, params: celIssue }),
    schema,
  )
  return checked.meta({
    ...schema.meta(),
    'x-kubernetes-validations': rules.map(({ rule, message, reason }) => ({
      rule,
      message,
      ...(reason === undefined ? {} : { reason }),
    })),
  })
}

/** At least one property must be given. */
export const nonEmpty = <S extends z.ZodType<object>>(schema: S): S =>
  schema
    .refine(value => Object.keys(value).length > 0, { message: 'at least one field must be given' })
    .meta({ ...schema.meta(), minProperties: 1 })
