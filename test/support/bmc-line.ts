import { afterEach } from 'vitest'
import { systemClock } from '../../src/base/clock.js'
import { run } from '../../src/cli/program.js'
import type { PersonaName } from '../../src/lab/bmc/personas/personas.js'
import { type BmcSimulator, type BmcSimulatorOptions, startBmcSimulator } from '../../src/lab/bmc/simulator.js'
import { credentials } from './bmc-client.js'
import { testConsole } from './test-console.js'

export const bmcEnvironment = {
  KATAMETAL_BMC_USERNAME: credentials.username,
  KATAMETAL_BMC_PASSWORD: credentials.password,
}

const running: BmcSimulator[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(bmc => bmc.stop()))
})

/** A simulator in real time, twenty times faster than a server; stopped after the test. */
export const simulate = async (
  persona: PersonaName | Exclude<BmcSimulatorOptions['persona'], string> = 'dell',
  options: Partial<BmcSimulatorOptions> = {},
): Promise<BmcSimulator> => {
  const bmc = await startBmcSimulator({ persona, credentials, clock: systemClock, timings: { speed: 20 }, ...options })
  running.push(bmc)
  return bmc
}

/** Runs `katametal bmc ...` against a simulator whose certificate is pinned; `{}` stands for its address. */
export const bmcLine = async (bmc: BmcSimulator, ...words: readonly string[]) => {
  const console = testConsole(bmcEnvironment)
  const line = ['bmc', ...words.map(word => (word === '{}' ? bmc.url : word)), '--fingerprint', bmc.fingerprint]
  const exit = await run(line, console, systemClock)
  return { exit, ...console.text }
}
