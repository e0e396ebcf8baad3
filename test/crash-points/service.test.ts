import { describeLoop } from './loop.js'
import { deletedMidway, powerLost } from './loops-accidents.js'
import { inService } from './loops-settled.js'

describeLoop(inService)
describeLoop(deletedMidway)
describeLoop(powerLost)
