import { systemClock } from '../../src/base/clock.js'
import { run } from '../../src/cli/program.js'
import type { RedfishServer } from './redfish-server.js'
import { testConsole } from './test-console.js'

/** One row of `bmc plan -o json`. */
export interface PlannedKnob {
  readonly knob: string
  readonly outcome: string
  readonly attribute?: string
  readonly from?: string
  readonly to?: string
  readonly also?: readonly { readonly attribute: string }[]
  readonly evidence: string
}

export interface PlanSeen {
  readonly exit: number
  readonly err: string
  /** The whole document; undefined when nothing was printed. */
  readonly plan:
    | {
        readonly vendor: string
        readonly product?: string
        readonly registry?: string
        readonly registryEvidence: string
        readonly knobs: readonly PlannedKnob[]
        readonly changes: Readonly<Record<string, unknown>>
        readonly steps: readonly { readonly attribute: string; readonly locks: readonly string[] }[]
        readonly reboots: number
        readonly obstacles: readonly { readonly knob: string }[]
      }
    | undefined
}

/** Runs `katametal bmc plan -o json` with a profile by name or file. */
export const planCommand = async (
  address: string,
  profile: string,
  login: { readonly username: string; readonly password: string },
  ...flags: readonly string[]
): Promise<PlanSeen> => {
  const console = testConsole({ KATAMETAL_BMC_USERNAME: login.username, KATAMETAL_BMC_PASSWORD: login.password })
  const exit = await run(['bmc', 'plan', address, '--profile', profile, '-o', 'json', ...flags], console, systemClock)
  const { out, err } = console.text
  return { exit, err, plan: out === '' ? undefined : JSON.parse(out) }
}

/** The address of a test server that speaks plain http. */
export const plainAddress = (server: RedfishServer): string => server.origin.replace('http:', 'redfish+http:')
