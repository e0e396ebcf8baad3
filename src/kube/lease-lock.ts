import { type Clock, rfc3339Micro } from '../base/clock.js'
import { isKatametalError } from '../base/errors.js'
import { type Lease, leases } from './resource-types.js'
import type { KubeClient } from './types.js'

interface LeaseLockOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly name: string
  readonly identity: string
  readonly leaseDurationMs: number
  readonly clock: Clock
}

/**
 * Takes, renews and frees one Lease. Whether another holder is still alive is judged by how long its record has not
 * changed as seen from here, never by the times in it, so that clocks may differ between machines (as client-go does).
 */
export interface LeaseLock {
  /** Whether the Lease is ours afterwards. Throws when the API server cannot be asked. */
  tryAcquire(signal: AbortSignal): Promise<boolean>
  /** Frees the Lease if it is ours. */
  release(signal: AbortSignal): Promise<void>
  /** When the request began that made or kept the Lease ours. */
  acquiredAt(): number
  /** Who held it when it was last seen. */
  holder(): string | undefined
  isHeldByOther(): boolean
}

export const createLeaseLock = (options: LeaseLockOptions): LeaseLock => {
  const { namespace, name, identity, leaseDurationMs, clock } = options
  const client = options.client.resource<Lease>(leases)
  let seen: { lease: Lease; at: number } | undefined
  let acquiredAt = clock.now()

  const holder = (): string | undefined => seen?.lease.spec?.holderIdentity

  const observe = (lease: Lease): void => {
    const same = seen?.lease.metadata.resourceVersion === lease.metadata.resourceVersion
    seen = { lease, at: same && seen !== undefined ? seen.at : clock.now() }
  }

  const isFree = ({ lease, at }: { lease: Lease; at: number }): boolean => {
    const { holderIdentity = '', leaseDurationSeconds = leaseDurationMs / 1000 } = lease.spec ?? {}
    return holderIdentity === '' || holderIdentity === identity || clock.now() >= at + leaseDurationSeconds * 1000
  }

  const record = (previous: Lease['spec'] = {}): Lease['spec'] => {
    const now = rfc3339Micro(clock.now())
    const kept = previous.holderIdentity === identity
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      acquireTime: kept ? (previous.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (previous.leaseTransitions ?? 0) + (kept ? 0 : 1),
    }
  }

  const create = (signal: AbortSignal): Promise<Lease> =>
    client.create(
      {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace },
        spec: { ...record(), leaseTransitions: 0 },
      },
      { signal },
    )

  const read = async (signal: AbortSignal): Promise<void> => {
    const lease = await client.find(namespace, name, { signal })
    if (lease === undefined) seen = undefined
    else observe(lease)
  }

  return {
    tryAcquire: async signal => {
      // The holder knows the record already; everybody else must look.
      if (holder() !== identity) await read(signal)
      if (seen !== undefined && !isFree(seen)) return false
      const began = clock.now()
      try {
        const base = seen?.lease
        observe(
          base === undefined
            ? await create(signal)
            : await client.replace({ ...base, spec: { ...base.spec, ...record(base.spec) } }, { signal }),
        )
      } catch (error) {
        if (!isKatametalError(error, 'KubernetesConflict') && !isKatametalError(error, 'KubernetesNotFound'))
          throw error
        await read(signal)
        return false
      }
      acquiredAt = began
      return true
    },
    release: async signal => {
      if (seen === undefined || holder() !== identity) return
      const now = rfc3339Micro(clock.now())
      const freed = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: now, acquireTime: now }
      await client.replace({ ...seen.lease, spec: { ...seen.lease.spec, ...freed } }, { signal })
      seen = undefined
    },
    acquiredAt: () => acquiredAt,
    holder,
    isHeldByOther: () => seen !== undefined && holder() !== '' && holder() !== identity,
  }
}
