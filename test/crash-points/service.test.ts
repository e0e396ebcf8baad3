import { describeLoop } from './loop.js'
import { deletedMidway, inService, powerLost } from './loops.js'

describeLoop(inService)
describeLoop(deletedMidway)
describeLoop(powerLost)
