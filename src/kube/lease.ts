import { type Clock, deadlineSignal, sleep } from '../base/clock.js'
import { KatametalError, isKatametalError, toKatametalError } from '../base/errors.js'
import type { Logger } from '../base/log.js'
import type { Metrics } from '../base/metrics.js'
import type { Random } from './backoff.js'
import { createLeaseLock } from './lease-lock.js'
import type { KubeClient } from './types.js'

export interface LeaderElectorOptions {
  readonly client: KubeClient
  /** Of the Lease. */
  readonly namespace: string
  readonly name: string
  /** Unique among all that may lead: host name and something random. */
  readonly identity: string
  /** Others may take over when the Lease was not renewed for so long; default 15 s. */
  readonly leaseDurationMs?: number
  /** The leader gives up when it could not renew for so long; must be shorter; default 10 s. */
  readonly renewDeadlineMs?: number
  /** Pause between tries; default 2 s. */
  readonly retryMs?: number
  readonly clock: Clock
  readonly log: Logger
  readonly metrics?: Metrics
  readonly random?: Random
}

/** Lets one of several processes work at a time, through a coordination.k8s.io Lease. */
export interface LeaderElector {
  isLeader(): boolean
  /**
   * Waits to become the leader, then runs `lead` and renews the Lease until `lead` has ended. The signal given to `lead`
   * is aborted when `signal` is, or when the Lease is lost; `lead` must then end. The Lease is released afterwards, so
   * that the next leader need not wait. Rejects with LeaseLost after a loss, and with what `lead` threw.
   */
  run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void>
}

export const createLeaderElector = (options: LeaderElectorOptions): LeaderElector => {
  const { name, clock, leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryMs = 2_000 } = options
  const random = options.random ?? Math.random
  const log = options.log.child({ lease: `${options.namespace}/${name}`, identity: options.identity })
  const lock = createLeaseLock({ ...options, leaseDurationMs })
  const status = options.metrics?.gauge('leader_election_master_status', 'Whether this process leads.', ['name'])
  let leading = false
  const setLeading = (now: boolean): void => {
    leading = now
    status?.set({ name }, now ? 1 : 0)
  }
  setLeading(false)

  /** One try, bounded so that a hung API server cannot hold a leader beyond its time. */
  const tryOnce = async (withinMs: number, signal: AbortSignal): Promise<boolean> => {
    const deadline = deadlineSignal(clock, withinMs, signal)
    try {
      return await lock.tryAcquire(deadline.signal)
    } catch (error) {
      if (!signal.aborted) log.warn({ err: toKatametalError(error) }, 'cannot reach the lease')
      return false
    } finally {
      deadline.release()
    }
  }

  const acquire = async (signal: AbortSignal): Promise<void> => {
    while (!(await tryOnce(renewDeadlineMs, signal))) {
      log.debug({ holder: lock.holder() }, 'somebody else leads')
      await sleep(clock, retryMs * (1 + random() * 0.2), signal)
    }
  }

  /** Resolves when the Lease was lost or the signal is aborted. The time counts from before the last good request. */
  const renew = async (acquiredAt: number, signal: AbortSignal): Promise<void> => {
    let good = acquiredAt
    while (clock.now() - good < renewDeadlineMs) {
      const left = good + renewDeadlineMs - clock.now()
      await sleep(clock, Math.min(retryMs, left), signal)
      const asked = clock.now()
      const remaining = good + renewDeadlineMs - asked
      if (remaining > 0 && (await tryOnce(remaining, signal))) good = asked
      else if (lock.isHeldByOther()) return
    }
  }

  const leadUntilLost = async (
    acquiredAt: number,
    signal: AbortSignal,
    lead: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> => {
    const stop = new AbortController()
    const ended = new AbortController()
    const onAbort = () => stop.abort(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    const lost = new KatametalError('LeaseLost', { about: name })
    const renewing = renew(acquiredAt, ended.signal).then(
      () => {
        setLeading(false)
        log.error({ holder: lock.holder() }, 'lost the lease')
        stop.abort(lost)
      },
      () => undefined,
    )
    try {
      await lead(stop.signal)
    } catch (error) {
      if (!stop.signal.aborted) throw error
      log.debug({ err: toKatametalError(error) }, 'leading ended')
    } finally {
      ended.abort()
      await renewing
      signal.removeEventListener('abort', onAbort)
    }
    if (stop.signal.reason === lost) throw lost
  }

  return {
    isLeader: () => leading,
    run: async (signal, lead) => {
      let began = clock.now()
      try {
        await acquire(signal)
        began = lock.acquiredAt()
      } catch (error) {
        if (signal.aborted) return
        throw error
      }
      setLeading(true)
      log.info({}, 'leading')
      try {
        await leadUntilLost(began, signal, lead)
      } finally {
        setLeading(false)
        await release()
      }
    },
  }

  async function release(): Promise<void> {
    const deadline = deadlineSignal(clock, renewDeadlineMs)
    try {
      await lock.release(deadline.signal)
    } catch (error) {
      if (!isKatametalError(error, 'KubernetesConflict'))
        log.warn({ err: toKatametalError(error) }, 'lease not released')
    } finally {
      deadline.release()
    }
  }
}
