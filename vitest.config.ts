import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['api/**/*.test.ts', 'src/**/*.test.ts', 'test/**/*.test.ts', 'hack/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/kubernetes/**', 'test/vm/**'],
    pool: 'forks',
    // No module holds state of its own, so files can share one load of the modules: that halves the time of a run.
    isolate: false,
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    coverage: { provider: 'v8', include: ['src/**', 'api/**'], exclude: ['**/*.test.ts'] },
  },
})
