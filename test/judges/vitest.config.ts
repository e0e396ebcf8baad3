import { defineConfig } from 'vitest/config'

// `make test-judges` runs these. They need Python programs that are not part of the project, so `make test` does not.
export default defineConfig({
  test: {
    include: ['test/judges/**/*.judge.ts'],
    pool: 'forks',
    isolate: false,
    maxWorkers: 2,
    maxConcurrency: 24,
    // Some judges wait for minutes by the clock of the wall; what they find is checked, never how long they took.
    testTimeout: 240_000,
    hookTimeout: 60_000,
  },
})
