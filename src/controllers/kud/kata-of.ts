import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { Node } from '../../kube/resource-types.js'
import type { SeenNode } from '../host/ports.js'
import { type ProfileSources, profileOfHost } from './profile-of-host.js'
import { proofRecordOf } from './proof-record.js'

/** What the host controller says about Kata on the Node of a host. A profile that is gone asks for nothing any more. */
export const kataOf = (host: BareMetalHost, node: Node, sources: ProfileSources): Pick<SeenNode, 'kata'> =>
  asksForKata(host, sources) ? { kata: { proof: proofRecordOf(node) } } : {}

const asksForKata = (host: BareMetalHost, sources: ProfileSources): boolean => {
  try {
    return profileOfHost(host, sources)?.kata === true
  } catch {
    return false
  }
}
