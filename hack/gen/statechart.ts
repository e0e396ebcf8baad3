import type { AnyStateMachine } from 'xstate'
import { type DirectedGraphNode, toDirectedGraph } from 'xstate/graph'
import { code, generatedPage, table } from './markdown.js'

/** What a page says about a step beside its transitions. */
export interface StepFacts {
  readonly awaiting: string
  readonly deadlineMs?: number
}

interface Transition {
  readonly from: string
  readonly to: string
  readonly guard: string | undefined
  readonly actions: readonly string[]
}

/**
 * docs/lifecycle-diagram.md: the statechart as Mermaid diagrams (the whole, then each state with steps) and as a table.
 * `describe` gets `State` or `State.step`.
 */
export const statechartPage = (
  machine: AnyStateMachine,
  source: string,
  describe: (place: string) => StepFacts,
): string => {
  const states = toDirectedGraph(machine).children
  const transitions = states.flatMap(transitionsOf)
  return generatedPage(
    'The life of a host, as drawn from its statechart',
    source,
    'One look at a host takes the first transition whose guard holds; a transition that stays where it is only acts. [lifecycle.md](lifecycle.md) says what the states mean.',
    diagram([`[*] --> ${initialOf(machine)}`, ...overview(transitions)]),
    ...states
      .filter(({ children }) => children.length > 0)
      .flatMap(state => [`## ${state.stateNode.key}`, diagram(inside(state, transitions))]),
    '## All steps',
    table(
      ['Step', 'Waits for', 'Deadline'],
      states.flatMap(placesOf).map(place => {
        const { awaiting, deadlineMs } = describe(place)
        return [code(place), awaiting, deadlineMs === undefined ? 'none' : minutes(deadlineMs)]
      }),
    ),
    '## All transitions',
    table(
      ['Step', 'When', 'Then', 'Goes to'],
      transitions.map(({ from, to, guard, actions }) => [
        code(from),
        guard ?? 'otherwise',
        actions.join(', '),
        from === to ? 'stays' : code(to),
      ]),
    ),
  )
}

const diagram = (lines: readonly string[]): string =>
  ['```mermaid', 'stateDiagram-v2', ...lines.map(line => `  ${line}`), '```'].join('\n')

/** Who goes where between the states, each pair once. */
const overview = (transitions: readonly Transition[]): string[] => {
  const pairs = transitions
    .map(({ from, to }) => [stateOf(from), stateOf(to)] as const)
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => `${from} --> ${to}`)
  return [...new Set(pairs)]
}

const inside = (state: DirectedGraphNode, transitions: readonly Transition[]): string[] => {
  const name = state.stateNode.key
  const moves = transitions.filter(({ from, to }) => from !== to && stateOf(from) === name)
  return [
    `[*] --> ${idOf(firstStep(state))}`,
    ...placesOf(state).map(place => `state "${place.slice(name.length + 1)}" as ${idOf(place)}`),
    ...moves.map(
      ({ from, to, guard }) =>
        `${idOf(from)} --> ${idOf(stateOf(to) === name ? to : stateOf(to))}${guard === undefined ? '' : `: ${guard}`}`,
    ),
  ]
}

const transitionsOf = (node: DirectedGraphNode): Transition[] => [
  ...node.edges.map(({ target, transition }) => ({
    from: placeOf(node.stateNode.id),
    to: placeOf(target.id),
    guard: nameOf(transition.guard),
    actions: transition.actions.map(action => nameOf(action) ?? ''),
  })),
  ...node.children.flatMap(transitionsOf),
]

const placesOf = (node: DirectedGraphNode): string[] =>
  node.children.length === 0 ? [placeOf(node.stateNode.id)] : node.children.flatMap(placesOf)

const initialOf = ({ config: { initial } }: { readonly config: { readonly initial?: unknown } }): string => {
  if (typeof initial !== 'string') throw new Error('the first state must be given by its name')
  return initial
}

const firstStep = ({ stateNode }: DirectedGraphNode): string => `${stateNode.key}.${initialOf(stateNode)}`

/** `host.Discovering.connect` without the id of the machine. */
const placeOf = (id: string): string => id.slice(id.indexOf('.') + 1)

const stateOf = (place: string): string => place.split('.')[0] ?? place

const idOf = (place: string): string => place.replaceAll('.', '_')

/** Guards and actions are names, or names with parameters. */
const nameOf = (reference: unknown): string | undefined => {
  if (typeof reference === 'string') return reference
  if (typeof reference !== 'object' || reference === null || !('type' in reference)) return undefined
  const values =
    'params' in reference && typeof reference.params === 'object' ? Object.values(reference.params ?? {}) : []
  return `${String(reference.type)}${values.length === 0 ? '' : `(${values.join(', ')})`}`
}

const minutes = (ms: number): string => (ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`)
