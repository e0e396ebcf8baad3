import type { BareMetalHost, HostState } from '../../../api/metal/bare-metal-host.js'
import { hostAnnotations } from '../../../api/metal/group.js'

/** The next thing to do to give a host back. */
export type ReleaseStep =
  | { readonly step: 'Empty' }
  | { readonly step: 'Wait'; readonly awaiting: string }
  | { readonly step: 'Detach' }

/**
 * Decides how a host is given back. It is let go only when the host controller has seen that it shall be empty, nothing
 * of the machine is installed any more, and the power is known to be off: otherwise a kubelet could register a Node
 * that Cluster API deletes next.
 */
export const releaseStep = (host: BareMetalHost): ReleaseStep => {
  const { spec, metadata, status } = host
  if (spec.image !== undefined || spec.userData !== undefined || spec.online !== false) return { step: 'Empty' }
  const awaiting = awaitedBeforeDetach(host)
  if (awaiting !== undefined) return { step: 'Wait', awaiting: `host ${metadata.name}: ${awaiting}${trouble(status)}` }
  return { step: 'Detach' }
}

/** States in which nothing of ours is on the disk, given that `installed` is clear. */
const emptyStates: readonly HostState[] = ['Discovering', 'Inspecting', 'Preparing', 'Available']

const awaitedBeforeDetach = ({ metadata, status }: BareMetalHost): string | undefined => {
  const state = status?.state
  if (state === undefined) return 'its state is not known yet'
  if (status?.observedGeneration !== undefined && status.observedGeneration !== metadata.generation)
    return 'its controller has not seen the release yet'
  if (!emptyStates.includes(state)) return `it is ${state}${status?.step === undefined ? '' : ` (${status.step})`}`
  if (status?.installed !== undefined || metadata.annotations?.[hostAnnotations.installed] !== undefined)
    return 'the installed system is not wiped yet'
  return status?.poweredOn === false ? undefined : 'its power is not known to be off'
}

const trouble = (status: BareMetalHost['status']): string => {
  const found = status?.conditions?.find(
    ({ type, status: value }) =>
      (type === 'Stuck' && value === 'True') || (type === 'BMCReachable' && value === 'False'),
  )
  return found === undefined ? '' : ` (${found.reason}: ${found.message})`
}
