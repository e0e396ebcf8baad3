import { describeLoop } from './loop.js'
import { inspectedInBand, madeReady, slowlyBooted } from './loops-ready.js'

describeLoop(madeReady)
describeLoop(inspectedInBand)
describeLoop(slowlyBooted)
