import type { HostSelector } from '../../../api/infrastructure/kata-metal-machine.js'

/**
 * Whether labels satisfy a selector (meta/v1 LabelSelector): every entry must hold, and no selector selects all.
 * NotIn also holds for an absent label, as in Kubernetes.
 */
export const selectorMatches = (
  selector: HostSelector | undefined,
  labels: Readonly<Record<string, string>> = {},
): boolean =>
  Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
  (selector?.matchExpressions ?? []).every(expression => expressionHolds(expression, labels))

type Expression = NonNullable<HostSelector['matchExpressions']>[number]

const expressionHolds = (
  { key, operator, values = [] }: Expression,
  labels: Readonly<Record<string, string>>,
): boolean => {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
  }
}
