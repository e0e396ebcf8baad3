import type { Loop } from './loop.js'
import { deletedMidway, powerLost } from './loops-accidents.js'
import { inspectedInBand, madeReady, slowlyBooted } from './loops-ready.js'
import { inService } from './loops-settled.js'
import { usedByMachines } from './loops-used.js'

export const allLoops: readonly Loop[] = [
  madeReady,
  inspectedInBand,
  ...usedByMachines,
  slowlyBooted,
  inService,
  deletedMidway,
  powerLost,
]
