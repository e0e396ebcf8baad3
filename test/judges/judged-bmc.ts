import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.js'
import type { Behaviour } from '../../src/lab/bmc/behaviour.js'
import { findParts } from '../../src/lab/bmc/parts.js'
import { buildPersona, type PersonaName } from '../../src/lab/bmc/personas/personas.js'
import { type BmcSimulator, startBmcSimulator } from '../../src/lab/bmc/simulator.js'
import { credentials } from '../support/bmc-client.js'
import { createObedientMachine } from './obedient-machine.js'
import { inFolder } from './run-program.js'

/** What a judge is given. */
export interface JudgedBmc {
  readonly bmc: BmcSimulator
  readonly url: string
  readonly user: string
  readonly password: string
  /** File with the authority of its certificate. */
  readonly bundle: string
  /** A folder of its own, for reports. */
  readonly folder: string
  /** Environment in which Python programs trust the certificate, and ask no proxy. */
  readonly env: Record<string, string>
}

/** Starts a persona on HTTPS with a server behind it that runs. `changes` overrides what the persona behaves like. */
export const startJudged = async (
  persona: PersonaName,
  { port = 0, changes = {} }: { port?: number; changes?: Partial<Behaviour> } = {},
): Promise<BmcSimulator> => {
  const { tree, behaviour } = buildPersona(persona)
  tree.update(findParts(tree).system, body => ({ ...body, PowerState: 'On' }))
  return startBmcSimulator({
    persona: { tree, behaviour: { ...behaviour, ...changes } },
    credentials,
    clock: systemClock,
    port,
    server: createObedientMachine(systemClock, { postMs: 500, shutdownMs: 200 }),
  })
}

/** A fresh simulator for one judge. */
export const judging = <T>(persona: PersonaName, judge: (judged: JudgedBmc) => Promise<T>): Promise<T> =>
  inFolder(async folder => {
    const bmc = await startJudged(persona)
    const bundle = join(folder, 'ca.pem')
    await writeFile(bundle, bmc.ca)
    try {
      return await judge({ bmc, bundle, folder, url: bmc.url, ...login, env: trusting(bundle) })
    } finally {
      await bmc.stop()
    }
  })

export const login = { user: credentials.username, password: credentials.password }

export const trusting = (bundle: string): Record<string, string> => ({
  REQUESTS_CA_BUNDLE: bundle,
  SSL_CERT_FILE: bundle,
  NO_PROXY: '*',
})
