import { expect } from 'vitest'

/** An expectation that may take a while to come true, patient enough for a busy machine. */
export const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 10_000, interval: 5 })
