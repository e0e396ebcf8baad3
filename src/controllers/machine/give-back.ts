import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { isKatametalError } from '../../base/errors.js'
import type { ReadYourWrites } from '../../kube/read-your-writes.js'
import type { ResourceClient } from '../../kube/types.js'
import { detachPatch, emptyPatch } from './claim-patch.js'
import { releaseStep } from './release.js'

export interface GiveBackTools {
  readonly hosts: ResourceClient<BareMetalHost>
  readonly written: ReadYourWrites<BareMetalHost>
  /** Noted on the host so that the next Machine of the pool prefers it. */
  readonly pool: string | undefined
  readonly signal: AbortSignal
}

/** What is still awaited before the host is free, or undefined when it is free or gone. */
export const giveBack = async (
  host: BareMetalHost,
  force: boolean,
  tools: GiveBackTools,
): Promise<string | undefined> => {
  if (force) return write(host, detachPatch(host, tools.pool), tools, undefined)
  const next = releaseStep(host)
  switch (next.step) {
    case 'Empty':
      return write(host, emptyPatch(host), tools, `host ${host.metadata.name} was asked to wipe and switch off`)
    case 'Wait':
      return next.awaiting
    case 'Detach':
      return write(host, detachPatch(host, tools.pool), tools, undefined)
  }
}

const write = async (
  host: BareMetalHost,
  patch: object,
  { hosts, written, signal }: GiveBackTools,
  awaiting: string | undefined,
): Promise<string | undefined> => {
  const { namespace, name } = host.metadata
  try {
    written.wrote(host, await hosts.mergePatch(namespace, name, patch, { signal }))
    return awaiting
  } catch (error) {
    if (isKatametalError(error, 'KubernetesNotFound')) return undefined
    throw error
  }
}
