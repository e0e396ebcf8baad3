import { describeLoop } from './loop.js'
import { usedByMachines } from './loops-used.js'

for (const loop of usedByMachines) describeLoop(loop)
