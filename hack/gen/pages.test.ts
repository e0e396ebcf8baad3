import { describe, expect, it } from 'vitest'
import { setup } from 'xstate'
import { z } from 'zod'
import type { Kind } from '../../api/kind.js'
import { errorTable } from '../../src/base/error-table.js'
import { allPlaces } from '../../src/controllers/host/lifecycle.js'
import { errorsPage } from './errors.js'
import { generate } from './generate.js'
import { table } from './markdown.js'
import { referencePage } from './reference.js'
import { statechartPage } from './statechart.js'

const kind: Kind = {
  group: 'g.example',
  version: 'v1',
  kind: 'Thing',
  plural: 'things',
  shortNames: ['th'],
  categories: [],
  description: 'A thing.',
  spec: z
    .object({
      parts: z
        .array(z.object({ size: z.int().min(1).max(9).describe('In <mm>.') }))
        .max(4)
        .describe('Its parts.'),
      notes: z.record(z.string(), z.string().max(5)).optional().describe('Notes.'),
      mode: z.enum(['a', 'b']).default('a').describe('How.'),
    })
    .describe('What it is.'),
  columns: [],
}

describe('the reference page', () => {
  const page = referencePage([kind])

  it('shows path, type, default, limits and description of every field', () => {
    expect(page).toContain('| `spec.parts` * | list of object |  | at most 4 entries | Its parts. |')
    expect(page).toContain('| `spec.parts[].size` * | integer |  | 1 to 9 | In &lt;mm>. |')
    expect(page).toContain('| `spec.notes` | map of string |  | each: at most 5 characters | Notes. |')
    expect(page).toContain('| `spec.mode` | string | `"a"` | `a`, `b` | How. |')
  })

  it('lists the kinds first, with links that lead to their sections', () => {
    expect(page).toContain('| [Thing](#thing) | `g.example/v1` | `th` |')
    expect(page).toContain('\n## Thing\n')
  })
})

describe('a table', () => {
  it('escapes what would end a cell, and leaves code as it is', () => {
    expect(table(['a'], [['x | y `<z>` <b>']])).toBe('| a |\n| --- |\n| x \\| y `<z>` &lt;b> |')
  })
})

describe('the page of errors', () => {
  it('has a section for every code, in order', () => {
    const sections = [...errorsPage(errorTable).matchAll(/^## (\w+)$/gm)].map(([, code]) => code)
    expect(sections).toEqual(Object.keys(errorTable).toSorted())
  })
})

describe('the page of the statechart', () => {
  const machine = setup({
    guards: { ready: () => true },
    actions: { act: (_machine, _what: { what: string }) => undefined },
  }).createMachine({
    id: 'demo',
    initial: 'One',
    states: {
      One: {
        initial: 'first',
        states: {
          first: {
            on: { LOOK: [{ guard: 'ready', target: 'second' }, { actions: { type: 'act', params: { what: 'go' } } }] },
          },
          second: { on: { LOOK: { target: '#demo.Two' } } },
        },
      },
      Two: {},
    },
  })
  const page = statechartPage(machine, 'demo.ts', place => ({ awaiting: `wait at ${place}`, deadlineMs: 90_000 }))

  it('draws the states, and inside each its steps', () => {
    expect(page).toContain('  [*] --> One\n  One --> Two\n```')
    expect(page).toContain('  [*] --> One_first\n')
    expect(page).toContain('  One_first --> One_second: ready\n  One_second --> Two\n```')
  })

  it('lists steps with what they wait for, and transitions with what is done', () => {
    expect(page).toContain('| `One.first` | wait at One.first | 90 s |')
    expect(page).toContain('| `One.first` | ready |  | `One.second` |')
    expect(page).toContain('| `One.first` | otherwise | act(go) | stays |')
    expect(page).toContain('| `Two` | wait at Two | 90 s |')
  })

  it('covers every place of the life of a host', () => {
    const real = generate().get('docs/lifecycle-diagram.md') ?? ''
    for (const { state, step } of allPlaces())
      expect(real).toContain(`| \`${step === undefined ? state : `${state}.${step}`}\` |`)
  })
})
