import { defineConfig } from 'vitest/config'
import { ConformanceReporter } from './test/kubernetes/conformance-reporter.js'

/** `make test-kubernetes`: suites against one real API server, so one after the other. */
export default defineConfig({
  test: {
    include: ['test/kubernetes/**/*.test.ts'],
    pool: 'forks',
    isolate: false,
    fileParallelism: false,
    maxWorkers: 1,
    globalSetup: ['test/kubernetes/global-setup.ts'],
    reporters: ['verbose', new ConformanceReporter({ check: process.env['CI'] !== undefined })],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
