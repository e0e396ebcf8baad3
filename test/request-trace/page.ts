import { figuresOf, type LifeTrace } from './trace.js'

/** The page docs/request-trace.md. */
export const pageOf = (lives: readonly LifeTrace[]): string =>
  `${[
    '# What a whole life asks of a BMC',
    '',
    'Written by `make trace`, which takes one simulated server of each make through its whole life: registered,',
    'discovered, inspected, firmware of profile `kata` set and proven, deployed, joined to a cluster, taken out, wiped and',
    'deleted. The counts come from the journals of the BMCs, so that nothing the client may have forgotten is missing.',
    'They differ by a few reads from run to run, as waiting is polling. `test/request-trace` holds the rules in every run:',
    'every session that was opened was closed, and no BMC ever had more than two reads or one write in hand.',
    '',
    '| make | requests | reads | writes | sessions opened | closed | most at once |',
    '|---|---|---|---|---|---|---|',
    ...lives.map(({ persona, stretches }) => {
      const { requests, reads, writes, opened, closed, atOnce } = figuresOf(stretches.flatMap(one => one.requests))
      return `| ${[persona, requests, reads, writes, opened, closed, atOnce].join(' | ')} |`
    }),
    '',
    '## By stretch of life',
    '',
    'Requests, and of them writes.',
    '',
    `| make | ${(lives[0]?.stretches ?? []).map(one => one.name).join(' | ')} |`,
    `|---|${(lives[0]?.stretches ?? []).map(() => '---|').join('')}`,
    ...lives.map(
      ({ persona, stretches }) =>
        `| ${[persona, ...stretches.map(one => shortly(figuresOf(one.requests)))].join(' | ')} |`,
    ),
    '',
    '## What was written',
    '',
    'Every write in the order in which it was sent; several alike in a row once. Paths of media and tokens stand in bodies,',
    'which no journal keeps.',
    '',
    ...lives.flatMap(({ persona, stretches }) => [
      `### ${persona}`,
      '',
      ...stretches.flatMap(one => writesOf(one).map(line => `- ${one.name}: ${line}`)),
      '',
    ]),
  ]
    .join('\n')
    .trimEnd()}\n`

const shortly = ({ requests, writes }: { requests: number; writes: number }): string => `${requests}, ${writes}`

const writesOf = ({ requests }: LifeTrace['stretches'][number]): string[] => {
  const lines = requests
    .filter(one => one.method !== 'GET')
    .map(one => `\`${one.method} ${shown(one.path)}\` ${one.status}`)
  return lines.filter((line, index) => line !== lines[index - 1])
}

/** Numbers of sessions and jobs differ from run to run. */
const shown = (path: string): string =>
  path.replace(/(\/Sessions)\/(?!Members)[^/]+$/i, '$1/...').replace(/(\/Jobs)\/[^/]+$/i, '$1/...')
