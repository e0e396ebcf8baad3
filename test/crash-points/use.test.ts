import { describeLoop } from './loop.js'
import { usedByMachine } from './loops.js'

describeLoop(usedByMachine)
