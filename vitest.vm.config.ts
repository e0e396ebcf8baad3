import { defineConfig } from 'vitest/config'

// The suites with real servers in QEMU (`make test-vm`): one after the other, as each wants a core of its own.
export default defineConfig({
  test: {
    include: ['test/vm/**/*.test.ts'],
    globalSetup: ['test/vm/support/build-images.ts'],
    pool: 'forks',
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 600_000,
    hookTimeout: 300_000,
    reporters: ['verbose'],
  },
})
