import type { Logger } from '../../../base/log.js'
import type { Rule, Schema } from './schema.js'
import type { Check } from './validate.js'

/** Compiles one CEL rule; undefined when it cannot be evaluated here, which the compiler has logged. */
export type RuleCompiler = (rule: Rule, schema: Schema) => Check | undefined

/** Leaves every rule out with a log line. */
export const skipRules =
  (log: Logger): RuleCompiler =>
  rule => {
    log.warn({ rule: rule.rule }, 'this CEL rule is not evaluated by the embedded API server')
    return undefined
  }
