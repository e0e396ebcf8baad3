import type { RemediationPhase } from '../../../api/infrastructure/kata-metal-remediation.js'

/**
 * The life of a KataMetalRemediation (external remediation contract of Cluster API), as a pure function: {@link step}
 * takes what was seen and returns the one thing to do next.
 *
 *   Waiting -> PoweringOff -> Fencing -> PoweringOn -> Verifying -> Succeeded
 *                  ^                                       |            |
 *                  +------------- another try -------------+------------+
 *                                 or GivenUp, when no try is left
 *
 * The power is cut and seen off before the Node is fenced, so that what is evicted elsewhere runs nowhere else; the Node is
 * fenced before the power comes back.
 */
export interface RemediationFacts {
  readonly phase: RemediationPhase | undefined
  /** Power cycles that were begun. */
  readonly tries: number
  /** Further tries after the first. */
  readonly retryLimit: number
  /** The deadline of the present try, or of waiting, has passed. */
  readonly overdue: boolean
  /** The Node could not be fenced for so long that the server is better off on. */
  readonly fencingOverdue: boolean
  readonly deleting: boolean
  /** The Machine goes, and its power with it. */
  readonly machineDeleting: boolean
  /** What the Machine says of itself; Unknown also stands for nothing. */
  readonly health: 'Healthy' | 'Unhealthy' | 'Unknown'
  /** Made by a MachineHealthCheck, which says when to begin; else by a person, who said so by making it. */
  readonly byHealthCheck: boolean
  readonly host: 'None' | 'NotInService' | 'InService'
  /** As seen after the last change of the wish. */
  readonly power: 'On' | 'Off' | 'Unknown'
  readonly powerWish: 'On' | 'Off'
  /** Back: fenced, and booted since. Unknown: the workload cluster cannot be asked. */
  readonly node: 'Absent' | 'Unknown' | 'Unfenced' | 'Fenced' | 'Back'
  /** The Machine says OwnerRemediated=False. */
  readonly ownerAsked: boolean
}

export type RemediationStep =
  | { readonly do: 'enter'; readonly phase: RemediationPhase }
  /** Counts a try and enters PoweringOff. */
  | { readonly do: 'begin' }
  | { readonly do: 'powerOff' | 'powerOn' | 'fence' | 'unfence' | 'askOwner' | 'release' }
  | { readonly do: 'wait'; readonly awaiting: string }

export const step = (facts: RemediationFacts): RemediationStep => {
  if (facts.deleting) return endStep(facts)
  const { phase } = facts
  if (phase === undefined) return enter(facts.tries > 0 ? 'PoweringOn' : 'Waiting')
  switch (phase) {
    case 'Waiting':
      return waitingStep(facts)
    case 'PoweringOff':
      if (facts.power === 'Off' && facts.powerWish === 'Off') return enter('Fencing')
      if (facts.overdue) return nextTry(facts)
      return facts.powerWish === 'On' ? { do: 'powerOff' } : wait('the power is seen off')
    case 'Fencing':
      return fencingStep(facts)
    case 'PoweringOn':
      if (facts.powerWish === 'Off') return { do: 'powerOn' }
      if (facts.power === 'On') return enter('Verifying')
      return facts.overdue ? nextTry(facts) : wait('the power is seen on')
    case 'Verifying':
      if (facts.node === 'Back') return { do: 'unfence' }
      if (isHealthy(facts)) return enter('Succeeded')
      return facts.overdue ? nextTry(facts) : wait('the Machine is healthy again')
    case 'Succeeded':
      if (facts.node === 'Back') return { do: 'unfence' }
      return facts.health === 'Unhealthy' ? nextTry(facts) : wait('the health check removes the request')
    case 'GivenUp':
      return facts.ownerAsked ? wait('the owner replaces the Machine') : { do: 'askOwner' }
  }
}

/** A server that is off cannot be back: a last word that is as young as the fence says no more than the fence itself. */
const fencingStep = ({ node, fencingOverdue }: RemediationFacts): RemediationStep => {
  if (fencingOverdue) return enter('PoweringOn')
  switch (node) {
    case 'Absent':
    case 'Fenced':
    case 'Back':
      return enter('PoweringOn')
    case 'Unfenced':
      return { do: 'fence' }
    case 'Unknown':
      return wait('the workload cluster tells its Nodes')
  }
}

const enter = (phase: RemediationPhase): RemediationStep => ({ do: 'enter', phase })
const wait = (awaiting: string): RemediationStep => ({ do: 'wait', awaiting })

const nextTry = ({ tries, retryLimit }: RemediationFacts): RemediationStep =>
  tries <= retryLimit ? { do: 'begin' } : enter('GivenUp')

const waitingStep = (facts: RemediationFacts): RemediationStep => {
  const { health, byHealthCheck, host, overdue } = facts
  // The request may be seen before what the health check says of the Machine, and be moved without it.
  if (health === 'Healthy' || (byHealthCheck && health === 'Unknown'))
    return wait('the Machine is said to be unhealthy')
  if (host === 'InService') return { do: 'begin' }
  if (host === 'None' || overdue) return enter('GivenUp')
  return wait('the host is in service')
}

/** Without a health check the Node speaks for itself. */
const isHealthy = ({ health, byHealthCheck, node }: RemediationFacts): boolean =>
  health === 'Healthy' || (health === 'Unknown' && !byHealthCheck && node === 'Unfenced')

/** Nobody else knows about the fence and the power: they are put back, unless the Machine goes. */
const endStep = (facts: RemediationFacts): RemediationStep => {
  if (facts.machineDeleting) return { do: 'release' }
  if (facts.host !== 'None' && facts.powerWish === 'Off' && facts.tries > 0) return { do: 'powerOn' }
  if (facts.node === 'Back' || facts.node === 'Fenced') return { do: 'unfence' }
  return { do: 'release' }
}
