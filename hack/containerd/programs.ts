import { homedir } from 'node:os'
import { join } from 'node:path'

/** The containerds that are built from Go modules; their exact versions stand in the go.mod of each minor. */
export const containerds = [
  { minor: '2.3', package: 'github.com/containerd/containerd/v2/cmd/containerd' },
  { minor: '1.7', package: 'github.com/containerd/containerd/cmd/containerd' },
] as const

/** Where they are kept, outside of the checkout. */
export const containerdFolder = (environment: NodeJS.ProcessEnv): string =>
  join(environment['KATAMETAL_CACHE'] ?? join(homedir(), '.cache', 'katametal'), 'containerd')
