import type { Clock } from '../../../base/clock.js'
import type { Storage } from '../storage.js'

/** What writing needs. */
export interface WriteDeps {
  readonly storage: Storage
  readonly clock: Clock
}

/** What the query of a write says. */
export interface WriteOptions {
  /** Who is recorded in managedFields. */
  readonly manager: string
  readonly dryRun: boolean
  /** What happens to unknown fields of custom resources: they are always dropped, and with Strict refused. */
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict'
  /** Collects texts for Warning headers. */
  readonly warnings: string[]
}

/** For writes by the server itself. */
export const ownWrite = (manager: string): WriteOptions => ({
  manager,
  dryRun: false,
  fieldValidation: 'Ignore',
  warnings: [],
})
