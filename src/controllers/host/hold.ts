import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { setCondition } from '../../kube/conditions.js'

/** The status of a host that is held: only its condition says so, everything else stays as it was. */
export const hold = (host: BareMetalHost, why: 'Paused' | 'Detached', now: number): object => ({
  conditions: setCondition(
    host.status?.conditions,
    {
      type: 'Paused',
      status: 'True',
      reason: why,
      message: messages[why],
      observedGeneration: host.metadata.generation ?? 0,
    },
    now,
  ),
})

const messages = {
  Paused: 'An annotation or the Cluster that uses the host holds it; nothing is done to the server.',
  Detached: 'The detached annotation holds the host; nothing is done to the server, also when the object is deleted.',
} as const
