import type { Rule, Schema } from './schema.js'
import type { Check } from './validate.js'

/** Compiles one CEL rule; undefined when it cannot be evaluated here, which the compiler has logged. */
export type RuleCompiler = (rule: Rule, schema: Schema) => Check | undefined
