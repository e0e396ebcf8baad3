import { hostMachine } from '../../src/controllers/host/lifecycle.js'

/** Every command of the statechart with the place that asks for it, as `<State>[.<step>] <command>`. */
export const commandsByPlace = (): string[] => {
  const found = new Set<string>()
  const walk = (path: string, node: StateNode): void => {
    for (const transition of asList(node.config.on?.LOOK))
      for (const action of asList(transition.actions)) found.add(`${path} ${nameOf(action)}`)
    for (const [name, child] of Object.entries(node.states)) walk(path === '' ? name : `${path}.${name}`, child)
  }
  walk('', hostMachine.root as unknown as StateNode)
  return [...found].sort()
}

/** The part of xstate's node that says what is asked for. */
interface StateNode {
  readonly config: { readonly on?: { readonly LOOK?: Transition | readonly Transition[] } }
  readonly states: Readonly<Record<string, StateNode>>
}

interface Transition {
  readonly actions?: Action | readonly Action[]
}

type Action = string | { readonly type: string; readonly params?: Readonly<Record<string, string>> }

const asList = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T]

const nameOf = (action: Action): string =>
  typeof action === 'string' ? action : [action.type, ...Object.values(action.params ?? {})].join(' ')
