import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Behaviour } from '../../src/lab/bmc/behaviour.js'
import { personaNames } from '../../src/lab/bmc/personas/personas.js'
import { acceptedFailures } from './deviations.js'
import { judgeProgram } from './installed.js'
import { login, trusting } from './judged-bmc.js'
import { inFolder, runProgram } from './run-program.js'

const project = fileURLToPath(new URL('../..', import.meta.url))
const port = 8443

// The validator asks the network for Redfish services (SSDP multicast) whatever it is pointed at, so it gets a network
// of its own that has nothing but a loopback, and the simulator runs in there beside it.
const inOwnNetwork = `
set -eu
ip link set lo up
node --import tsx "$SERVE" "$PERSONA" ${port} "$BUNDLE" "$CHANGES" >"$FOLDER/url" &
server=$!
trap 'kill $server' EXIT
until [ -s "$FOLDER/url" ] || ! kill -0 $server; do sleep 0.1; done
cd "$FOLDER"
"$VALIDATOR" -r https://127.0.0.1:${port} -u "$NAME" -p "$PASSWORD" --ca-bundle "$BUNDLE" --avoid-http-redirect \\
  --report-dir "$FOLDER/report" --report-type tsv
`

/** A service that sends one object where others send a list of them makes the validator end with an exception. */
const judgedWith: Partial<Behaviour> = { extendedInfoAsObject: false }

// Not tested, in whatever words: SSDP and server-sent events, which no persona offers, a redirect, an OpenAPI document,
// answers of 500, and the certificates of the manager.
const notTestedAtMost = 28

const judge = (persona: string) =>
  inFolder(async folder => {
    const bundle = join(folder, 'ca.pem')
    const env = {
      ...trusting(bundle),
      SERVE: join(project, 'test', 'judges', 'serve.ts'),
      VALIDATOR: judgeProgram('rf_protocol_validator'),
      PERSONA: persona,
      BUNDLE: bundle,
      FOLDER: folder,
      CHANGES: JSON.stringify(judgedWith),
      NAME: login.user,
      PASSWORD: login.password,
    }
    // Without root a network can be had only together with a user of its own, where the kernel allows that.
    const own = process.getuid?.() === 0 ? ['-n'] : ['-rn']
    const ran = await runProgram('unshare', [...own, 'bash', '-c', inOwnNetwork], { env, folder: project })
    const report = await readdir(join(folder, 'report')).catch(() => {
      throw new Error(`the validator made no report: ${ran.stderr.slice(-2000)}`)
    })
    const tsv = report.find(name => name.endsWith('.tsv')) ?? ''
    const rows = (await readFile(join(folder, 'report', tsv), 'utf8')).split('\n').map(line => line.split('\t'))
    return {
      passed: rows.filter(row => row[4] === 'PASS').length,
      notTested: rows.filter(row => row[4] === 'NOT_TESTED').map(row => row[0]),
      failures: rows
        .filter(row => row[4] === 'FAIL' || row[4] === 'WARN')
        .map(([name, method, status, path]) => [name, method, path, status].filter(part => part !== '').join(' '))
        .sort(),
    }
  })

describe('the protocol validator of DMTF', () => {
  it.each(personaNames)('finds the manners of the %s persona as DSP0266 wants them', async name => {
    const { passed, notTested, failures } = await judge(name)
    expect(failures).toEqual(acceptedFailures('protocol validator', name))
    expect(notTested.length, notTested.join(' ')).toBeLessThanOrEqual(notTestedAtMost)
    // Without an account that it can use it tests next to nothing, and says so with success.
    expect(passed).toBeGreaterThan(300)
  })
})
