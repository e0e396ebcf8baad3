import type { Processes } from './processes.js'

/** What the parts of a bed are started with. */
export interface BedParts {
  readonly processes: Processes
  /** Holds keys, logs and data of this bed. */
  readonly folder: string
  /** Path of a program that hack/kubernetes built. */
  readonly program: (name: string) => string
  readonly etcdURL: string
}
