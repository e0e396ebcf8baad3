import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { packageRoot } from '../../src/base/package-root.js'
import { linesOf, pageOf, type RowTest, rowsWithoutTest, rowTitle } from './conformance-page.js'

const page = join(packageRoot(), 'docs/conformance.md')

/**
 * Prints a line per row of the checklist and writes docs/conformance.md; where `check` is set, fails instead when the page
 * is not what this run would write. A run of some suites only does neither.
 */
export class ConformanceReporter implements Reporter {
  readonly #check: boolean

  constructor({ check }: { readonly check: boolean }) {
    this.#check = check
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap(testsOf)
    if (tests.length === 0) return
    console.log(`\n${linesOf(tests).join('\n')}\n`)
    const missing = rowsWithoutTest(tests)
    if (missing.length > 0) {
      console.log(`docs/conformance.md is left as it is: no test ran for rows ${missing.join(', ')}`)
      return
    }
    this.#keep(pageOf(tests))
  }

  #keep(text: string): void {
    if (!this.#check) return writeFileSync(page, text)
    if (readFileSync(page, 'utf8') === text) return
    console.error('docs/conformance.md is not what this run came to: run make test-kubernetes and commit it')
    process.exitCode = 1
  }
}

const testsOf = (module: TestModule): RowTest[] =>
  [...module.children.allTests()].flatMap(test => {
    const title = rowTitle(test.name)
    const { state } = test.result()
    return title === undefined || state === 'pending' ? [] : [{ ...title, state }]
  })
