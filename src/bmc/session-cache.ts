import type { Clock } from '../base/clock.js'
import { isKatametalError, KatametalError } from '../base/errors.js'
import type { Logger } from '../base/log.js'
import type { Bmc, BmcAccess, BmcCall } from './model.js'

/** Which BMC, and by which version of its credentials. */
export interface BmcTarget {
  /** As in spec.bmc.address. */
  readonly address: string
  /** As in spec.bmc.fallbackAddress. */
  readonly fallbackAddress?: string | undefined
  /** Changes whenever the credentials Secret does, such as its uid and resourceVersion. */
  readonly secretVersion: string
}

export interface BmcCacheOptions {
  readonly clock: Clock
  readonly log: Logger
  /** Makes a Bmc that has not talked to anybody yet; see createBmc. */
  readonly open: (address: string, access: BmcAccess, fallbackAddress: string | undefined) => Bmc
  /**
   * How long a Bmc is kept for the next use. Default 90 s: longer than the pause between two looks at a settled host,
   * so that a look is one request and not a login, a discovery and a logout, all of which BMCs write into their logs.
   */
  readonly idleMs?: number
}

/** Keeps one Bmc, and so one session, per address between reconciles. */
export interface BmcCache {
  /**
   * Calls `use` with the Bmc of the target. Uses of one target share it; it is logged out after it was idle, and when
   * secret version, trust or fallback change (as soon as nobody uses the old one). `call.signal` is aborted with `signal` and
   * when the cache is closed.
   *
   * @throws KatametalError BMCLoginRefused without asking the BMC when this version of the credentials was refused
   * before; Cancelled after close; whatever `use` throws
   */
  withBmc<T>(
    target: BmcTarget,
    access: BmcAccess,
    signal: AbortSignal,
    use: (bmc: Bmc, call: BmcCall) => Promise<T>,
  ): Promise<T>
  /** Logs out of the BMC and forgets a refused login: its host is gone. */
  forget(address: string): Promise<void>
  /** Aborts all uses, waits for their end and logs out everywhere. */
  close(): Promise<void>
}

interface Entry {
  readonly key: string
  readonly bmc: Bmc
  readonly uses: Set<Promise<unknown>>
  retired: boolean
  stopIdling: () => void
  closed: Promise<void> | undefined
}

export const createBmcCache = ({ clock, log, open, idleMs = 90_000 }: BmcCacheOptions): BmcCache => {
  const entries = new Map<string, Entry>()
  const refusals = new Map<string, { readonly secretVersion: string; readonly error: KatametalError }>()
  const living = new Set<Entry>()
  const shutdown = new AbortController()

  const closeNow = (entry: Entry): Promise<void> => {
    entry.stopIdling()
    entry.closed ??= entry.bmc
      .close()
      .catch((error: unknown) => log.warn({ err: error }, 'a BMC was not closed properly'))
      .finally(() => living.delete(entry))
    return entry.closed
  }

  /** Nobody gets it any more; it is closed when the last one who has it is done. */
  const retire = async (address: string, entry: Entry): Promise<void> => {
    if (entries.get(address) === entry) entries.delete(address)
    entry.retired = true
    if (entry.uses.size === 0) await closeNow(entry)
  }

  const entryOf = ({ address, fallbackAddress, secretVersion }: BmcTarget, access: BmcAccess): Entry => {
    const key = JSON.stringify([secretVersion, access.trust, fallbackAddress])
    const known = entries.get(address)
    if (known?.key === key) return known
    if (known !== undefined) void retire(address, known)
    const entry: Entry = {
      key,
      bmc: open(address, access, fallbackAddress),
      uses: new Set(),
      retired: false,
      stopIdling: () => undefined,
      closed: undefined,
    }
    entries.set(address, entry)
    living.add(entry)
    return entry
  }

  const release = async (address: string, entry: Entry): Promise<void> => {
    if (entry.uses.size > 0) return
    if (entry.retired) return closeNow(entry)
    entry.stopIdling = clock.after(idleMs, () => void retire(address, entry))
  }

  const refusedBefore = ({ address, secretVersion }: BmcTarget): KatametalError | undefined => {
    const refusal = refusals.get(address)
    if (refusal?.secretVersion === secretVersion) return refusal.error
    refusals.delete(address)
    return undefined
  }

  return {
    withBmc: async (target, access, signal, use) => {
      const { address, secretVersion } = target
      if (shutdown.signal.aborted) throw new KatametalError('Cancelled', { about: address })
      const refused = refusedBefore(target)
      if (refused !== undefined) throw refused
      const entry = entryOf(target, access)
      entry.stopIdling()
      const using = (async () => use(entry.bmc, { signal: AbortSignal.any([signal, shutdown.signal]) }))()
      entry.uses.add(using)
      try {
        return await using
      } catch (error) {
        if (isKatametalError(error, 'BMCLoginRefused')) {
          refusals.set(address, { secretVersion, error })
          void retire(address, entry)
        }
        throw error
      } finally {
        entry.uses.delete(using)
        void release(address, entry)
      }
    },
    forget: async address => {
      refusals.delete(address)
      const entry = entries.get(address)
      if (entry !== undefined) await retire(address, entry)
    },
    close: async () => {
      shutdown.abort(new DOMException('the manager stops', 'AbortError'))
      await Promise.allSettled([...living].flatMap(entry => [...entry.uses]))
      await Promise.all([...living].map(closeNow))
      entries.clear()
    },
  }
}
