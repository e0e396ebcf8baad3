import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { packageRoot } from '../base/package-root.js'
import { outputOption } from './bmc/flags.js'
import type { Console } from './console.js'
import { type OutputFormat, print } from './print/table.js'

/** The version in package.json. */
export const ownVersion = (): string =>
  z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'))).version

/** `katametal version`. */
export const versionCommand = (console: Console): Command =>
  new Command('version')
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  $ katametal version -o json')
    .action(({ output }: { output: OutputFormat }) => {
      const data = { katametal: ownVersion(), node: process.versions.node }
      print(console, output, {
        columns: [
          { title: 'katametal', cell: ({ katametal }) => katametal },
          { title: 'node', cell: ({ node }) => node },
        ],
        rows: [data],
        data,
      })
    })
