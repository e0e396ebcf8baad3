import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../src/base/package-root.js'
import { pageOf } from './page.js'
import { traceLives } from './trace.js'

const page = join(packageRoot(), 'docs', 'request-trace.md')
await writeFile(page, pageOf(await traceLives()))
process.stdout.write(`Written to ${page}.\n`)
