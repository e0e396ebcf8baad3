import type { Logger } from '../../../base/log.js'
import type { Json } from '../json.js'
import type { Rule } from '../schema/schema.js'
import type { Check } from '../schema/validate.js'
import type { FieldError } from '../status-error.js'
import { UnknownCel } from './lexer.js'
import { compileCel } from './parser.js'
import { CelError, type Expression, type Scope } from './scope.js'

/**
 * Compiles one x-kubernetes-validations rule into a check. A rule outside of the subset is left out with a log line. Rules that
 * mention oldSelf only run on updates, as in Kubernetes; messageExpression is not evaluated.
 */
export const compileRule =
  (log: Logger) =>
  (rule: Rule): Check | undefined => {
    let expression: Expression
    try {
      expression = compileCel(rule.rule)
    } catch (error) {
      if (!(error instanceof UnknownCel)) throw error
      log.warn({ rule: rule.rule, why: error.message }, 'this CEL rule is not evaluated by the embedded API server')
      return undefined
    }
    const transition = /\boldSelf\b/.test(rule.rule)
    return (value, { path, report, old }) => {
      if (transition && old === undefined) return
      const message = evaluate(expression, value, old, rule)
      if (message !== undefined) report({ field: fieldOf(path, rule), type: typeOf(rule), value, message })
    }
  }

const evaluate = (expression: Expression, self: Json, old: Json | undefined, rule: Rule): string | undefined => {
  const before: Scope | undefined = old === undefined ? undefined : { name: 'oldSelf', value: old, outer: undefined }
  try {
    const held = expression({ name: 'self', value: self, outer: before })
    return held === true ? undefined : (rule.message ?? `failed rule: ${rule.rule}`)
  } catch (error) {
    if (error instanceof CelError) return `rule evaluation error: ${error.message}`
    throw error
  }
}

const fieldOf = (path: string, { fieldPath = '' }: Rule): string =>
  path === '' ? fieldPath.replace(/^\./, '') : `${path}${fieldPath}`

const types: Readonly<Record<string, FieldError['type']>> = {
  FieldValueRequired: 'Required',
  FieldValueForbidden: 'Forbidden',
  FieldValueDuplicate: 'Duplicate',
}

const typeOf = ({ reason = '' }: Rule): FieldError['type'] => types[reason] ?? 'Invalid'
