import { systemClock } from '../base/clock.js'
import { processConsole } from './console.js'
import { run } from './program.js'

// The first signal ends in order (sessions are logged out, the lab is removed); the second one ends at once.
const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())

// A reader that went away (`| head`) is no fault of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

// The timers of systemClock keep no process alive; a command that waits must.
const alive = setInterval(() => undefined, 60_000)
process.exitCode = await run(process.argv.slice(2), processConsole(stop.signal), systemClock)
clearInterval(alive)
