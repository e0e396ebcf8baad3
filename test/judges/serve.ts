import { writeFile } from 'node:fs/promises'
import type { Behaviour } from '../../src/lab/bmc/behaviour.js'
import { personaNames } from '../../src/lab/bmc/personas/personas.js'
import { startJudged } from './judged-bmc.js'

// Serves one persona until it is ended by a signal: `serve.ts PERSONA PORT BUNDLE [CHANGES]`. It writes the authority
// of its certificate to the file BUNDLE and then says where it is. CHANGES is JSON that overrides the behaviour. For the
// judge that needs a network namespace of its own, in which this program runs beside it.
const [name, port = '0', bundle = 'ca.pem', changes = '{}'] = process.argv.slice(2)
const persona = personaNames.find(each => each === name)
if (persona === undefined) throw new Error(`the persona is one of ${personaNames.join(', ')}`)
const bmc = await startJudged(persona, { port: Number(port), changes: JSON.parse(changes) as Partial<Behaviour> })
await writeFile(bundle, bmc.ca)
console.log(bmc.url)
