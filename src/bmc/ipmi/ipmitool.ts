import { type Clock, deadlineSignal, sleep } from '../../base/clock.js'
import { KatametalError, toKatametalError } from '../../base/errors.js'
import type { Logger } from '../../base/log.js'
import type { BmcAccess, BmcCall, BmcExchange } from '../model.js'
import { runProgram } from './program.js'
import { createTurns } from './turns.js'
import { type Verdict, verdictOf } from './verdict.js'

export interface IpmitoolOptions {
  readonly address: { readonly host: string; readonly port: number }
  readonly access: Pick<BmcAccess, 'username' | 'password'>
  readonly clock: Clock
  readonly log: Logger
  /** `status` of the exchange is the exit code of ipmitool. */
  readonly onExchange?: ((exchange: BmcExchange) => void) | undefined
  /** The program; default `ipmitool`, found in the usual folders. */
  readonly ipmitool?: string
  /** Least time between the end of one command and the start of the next; some BMCs stall under faster ones. Default 250 ms. */
  readonly intervalMs?: number
  /** The cipher suite that each BMC (`host:port`) spoke last; shared by all connections of a process. */
  readonly suites?: Map<string, string>
}

/** One BMC through ipmitool, one command at a time. */
export interface Ipmitool {
  /**
   * Runs one command and returns what it printed. `once` says that repeating it could do harm (reset): it is only
   * tried again when the BMC has surely not begun it.
   *
   * @throws KatametalError of the BMC group, IPMIToolMissing; after BMCLoginRefused every later call fails with it
   * without another login.
   */
  run(command: readonly string[], call: BmcCall, once?: 'once'): Promise<string>
  /**
   * Like run, for commands that print many things of which some may fail: what was printed counts although ipmitool
   * complained, and the complaint comes beside it. Throws when nothing was printed.
   */
  look(command: readonly string[], call: BmcCall): Promise<{ stdout: string; problem: string | undefined }>
  /** Commands run so far. */
  readonly requests: number
  close(): void
}

/** RMCP+ cipher suites in the order we want them: 17 is HMAC-SHA256, 3 is HMAC-SHA1; both encrypt with AES. */
const suites = ['17', '3'] as const

const usualDeadlineMs = 30_000
/** Hundreds of sensor records or log entries, one request each. */
const longDeadlineMs = 240_000
const attempts = 3
const retryMs = 1_000

export const createIpmitool = (options: IpmitoolOptions): Ipmitool => {
  const { address, access, clock, log, ipmitool = 'ipmitool', intervalMs = 250, onExchange } = options
  const { suites: remembered = new Map<string, string>() } = options
  const turns = createTurns(clock, intervalMs)
  const closed = new AbortController()
  const about = `${address.host}:${address.port}`
  let suite: string | undefined
  let refused: KatametalError | undefined
  let requests = 0

  /** One process. `-C` always: without it ipmitool first asks for the cipher suites, 10 s long where nobody answers. */
  const spawn = (command: readonly string[], cipher: string, call: BmcCall, deadlineMs = usualDeadlineMs) =>
    turns.take(call.signal, async (): Promise<{ verdict: Verdict; stdout: string }> => {
      const started = clock.now()
      const deadline = deadlineSignal(clock, deadlineMs, AbortSignal.any([call.signal, closed.signal]))
      const target = ['-H', address.host, '-p', String(address.port), '-U', access.username]
      const args = ['-I', 'lanplus', ...target, '-E', '-C', cipher, '-N', '1', '-R', '2', ...command]
      requests += 1
      const tell = (status: number | undefined, note: string | undefined) =>
        onExchange?.({
          time: started,
          method: 'ipmitool',
          path: command.join(' '),
          status,
          milliseconds: clock.now() - started,
          note,
        })
      try {
        const result = await runProgram(ipmitool, args, access.password, deadline.signal)
        const verdict = verdictOf(result)
        tell(result.exitCode, verdict.kind === 'done' ? undefined : verdict.seen)
        return { verdict, stdout: result.stdout }
      } catch (error) {
        const failure =
          deadline.signal.aborted && !call.signal.aborted && !closed.signal.aborted
            ? new KatametalError('BMCTimeout', { about, seen: `ipmitool did not end within ${deadlineMs} ms` })
            : toKatametalError(error, about)
        tell(undefined, failure.code)
        throw failure
      } finally {
        deadline.release()
      }
    })

  const fail = (verdict: Exclude<Verdict, { kind: 'done' }>): KatametalError => {
    const code = verdict.kind === 'noSession' ? 'BMCUnreachable' : verdict.code
    const error = new KatametalError(code, { about, seen: verdict.seen })
    if (code === 'BMCLoginRefused') refused = error
    return error
  }

  /** Finds a suite that the BMC speaks. Told to be verbose, as ipmitool names the reason of a refusal only then. */
  const open = async (call: BmcCall): Promise<string> => {
    let verdict: Verdict = { kind: 'noSession', seen: 'no cipher suite' }
    const last = remembered.get(about)
    for (const cipher of [...suites].sort((a, b) => Number(b === last) - Number(a === last))) {
      ;({ verdict } = await spawn(['-v', 'mc', 'info'], cipher, call))
      if (verdict.kind === 'done') {
        log.debug({ bmc: about, suite: cipher }, 'IPMI session works')
        remembered.set(about, cipher)
        return cipher
      }
      if (verdict.kind !== 'otherSuite' && verdict.kind !== 'noSession') break
    }
    throw fail(verdict)
  }

  const attempt = async (command: readonly string[], call: BmcCall, deadlineMs?: number) => {
    suite ??= await open(call)
    const first = await spawn(command, suite, call, deadlineMs)
    if (first.verdict.kind !== 'noSession' && first.verdict.kind !== 'otherSuite') return first
    // The suite that worked does not any more (new firmware, another policy): look again, once.
    suite = undefined
    suite = await open(call)
    return spawn(command, suite, call, deadlineMs)
  }

  const ending = async (
    command: readonly string[],
    call: BmcCall,
    once?: 'once',
    deadlineMs?: number,
  ): Promise<{ verdict: Verdict; stdout: string }> => {
    for (let tries = 1; ; tries++) {
      if (refused !== undefined) throw refused
      if (closed.signal.aborted) throw new KatametalError('Cancelled', { about, seen: 'the connection was closed' })
      const result = await attempt(command, call, deadlineMs)
      const { verdict } = result
      const again = verdict.kind === 'retry' && (verdict.untouched || once === undefined) && tries < attempts
      if (!again) return result
      await sleep(clock, retryMs * tries, call.signal)
    }
  }

  return {
    get requests() {
      return requests
    },
    run: async (command, call, once) => {
      const { verdict, stdout } = await ending(command, call, once)
      if (verdict.kind === 'done') return stdout
      throw fail(verdict)
    },
    look: async (command, call) => {
      const { verdict, stdout } = await ending(command, call, undefined, longDeadlineMs)
      if (verdict.kind === 'done') return { stdout, problem: undefined }
      const partly = verdict.kind === 'failed' && verdict.code !== 'BMCLoginRefused' && stdout.trim() !== ''
      if (partly) return { stdout, problem: verdict.seen }
      throw fail(verdict)
    },
    close: () => closed.abort(new DOMException('closed', 'AbortError')),
  }
}
