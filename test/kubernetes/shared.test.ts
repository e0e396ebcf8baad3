import { afterAll, beforeAll, describe } from 'vitest'
import type { Platform } from '../conformance/platform.js'
import { clusterRows } from '../conformance/shared/clusters.js'
import { machineRows } from '../conformance/shared/machines.js'
import { deletionRows } from '../conformance/shared/deletions.js'
import { managerRows } from '../conformance/shared/managers.js'
import { kindRows } from '../conformance/shared/kinds.js'
import { openRealPlatform } from './real.js'

describe('conformance rows on a real API server with the real Cluster API', () => {
  let platform: Platform
  beforeAll(async () => {
    platform = await openRealPlatform()
  })
  afterAll(() => platform.stop())

  kindRows(() => platform)
  clusterRows(() => platform)
  machineRows(() => platform)
  deletionRows(() => platform)
  managerRows(() => platform)
})
