import { afterAll, beforeAll, describe } from 'vitest'
import { startEmbeddedPlatform } from './embedded.js'
import type { Platform } from './platform.js'
import { clusterRows } from './shared/clusters.js'
import { machineRows } from './shared/machines.js'
import { deletionRows } from './shared/deletions.js'
import { managerRows } from './shared/managers.js'
import { kindRows } from './shared/kinds.js'

describe('conformance rows on the embedded API server with the core stand-in', () => {
  let platform: Platform
  beforeAll(async () => {
    platform = await startEmbeddedPlatform()
  })
  afterAll(() => platform.stop())

  kindRows(() => platform)
  clusterRows(() => platform)
  machineRows(() => platform)
  deletionRows(() => platform)
  managerRows(() => platform)
})
