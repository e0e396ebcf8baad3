import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { isKatametalError } from '../../base/errors.js'
import type { ReadYourWrites } from '../../kube/read-your-writes.js'
import type { ResourceClient } from '../../kube/types.js'
import { type Claim, claimPatch } from './claim-patch.js'

export interface ClaimTools {
  readonly hosts: ResourceClient<BareMetalHost>
  readonly written: ReadYourWrites<BareMetalHost>
  /** Whether a host, as just read, may still be claimed for this wish. */
  readonly stillFits: (host: BareMetalHost) => boolean
  readonly signal: AbortSignal
}

/** How many candidates are tried before the wish is decided anew with newer caches. */
const mostTries = 8

/**
 * Claims the first candidate that can still be had. Each try is one optimistic write; when the host changed meanwhile
 * without being taken (its controller reports all the time) it is read and tried once more. Undefined when all were
 * taken.
 */
export const claimFirst = async (
  claim: Claim,
  candidates: readonly BareMetalHost[],
  tools: ClaimTools,
): Promise<BareMetalHost | undefined> => {
  for (const candidate of candidates.slice(0, mostTries)) {
    const host = (await tryClaim(claim, candidate, tools)) ?? (await tryAgain(claim, candidate, tools))
    if (host !== undefined) return host
  }
  return undefined
}

const tryClaim = async (claim: Claim, host: BareMetalHost, tools: ClaimTools): Promise<BareMetalHost | undefined> => {
  const { namespace, name } = host.metadata
  try {
    const claimed = await tools.hosts.mergePatch(namespace, name, claimPatch(claim, host), { signal: tools.signal })
    tools.written.wrote(host, claimed)
    return claimed
  } catch (error) {
    if (isKatametalError(error, 'KubernetesConflict') || isKatametalError(error, 'KubernetesNotFound')) return undefined
    throw error
  }
}

const tryAgain = async (claim: Claim, stale: BareMetalHost, tools: ClaimTools): Promise<BareMetalHost | undefined> => {
  const host = await tools.hosts.find(stale.metadata.namespace, stale.metadata.name, { signal: tools.signal })
  return host !== undefined && tools.stillFits(host) ? tryClaim(claim, host, tools) : undefined
}
