import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { ConformanceReporter } from './test/kubernetes/conformance-reporter.js'

/** The first use of clusterctl must find a bed without providers; vitest would go by how long files took the last time. */
class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((a, b) => (a.moduleId < b.moduleId ? -1 : 1))
  }
}

/** `make test-kubernetes`: suites against one real API server, so one after the other. */
export default defineConfig({
  test: {
    include: ['test/kubernetes/**/*.test.ts'],
    pool: 'forks',
    isolate: false,
    fileParallelism: false,
    sequence: { sequencer: ByName },
    maxWorkers: 1,
    globalSetup: ['test/kubernetes/global-setup.ts'],
    reporters: ['verbose', new ConformanceReporter({ check: process.env['CI'] !== undefined })],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
