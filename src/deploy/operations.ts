import type { Clock } from '../base/clock.js'
import type { AgentHello, AgentLogLines, AgentPlan, AgentProgress, AgentResult, PhoneHome } from './protocol.js'

/** What the host controller opens an operation with. */
export interface OperationRequest {
  readonly id: string
  /** `<namespace>/<name>` of the BareMetalHost, for events and logs. */
  readonly host: string
  /** Opens network boot for this MAC (lower case) until the agent has called. */
  readonly mac: string | undefined
  /** Contents of the networkData Secret for the agent. */
  readonly network: string | undefined
  /** Makes the config drive; asked once per handover. */
  readonly bootData: (() => Promise<BootDataParts>) | undefined
  /** Lines of the agent's log; of an operation whose log nobody wants when absent. */
  readonly logged?: (lines: AgentLogLines['lines']) => void
  /** Stores what the first boot reports; the report is acknowledged only afterwards. */
  readonly recordPhoneHome: (phoneHome: PhoneHome) => Promise<void>
}

export interface BootDataParts {
  readonly userData: Buffer
  readonly metaData: Readonly<Record<string, string>>
  readonly networkConfig?: string
  readonly vendorData?: string
}

/** An open operation and what the programs on its server have said since the manager started. */
export interface OpenOperation {
  request: OperationRequest
  /** When this manager opened it; the same for every reader of its boot medium. */
  readonly openedAt: number
  plan: AgentPlan
  hello: AgentHello | undefined
  progress: AgentProgress | undefined
  /** When the agent asked or told something last; when the operation was opened, before it did. */
  heardAt: number
  readonly results: Map<string, AgentResult>
  /** Task ids of handovers whose boot data was fetched, or is being fetched just now. */
  readonly served: Set<string>
  /** Long polls that wait for another plan. */
  readonly waiters: Set<() => void>
}

/** So many ended operations are remembered. */
const endedKept = 10_000

/** The operations that are open now. In memory: the host controller opens them again after a restart. */
export class Operations {
  readonly #open = new Map<string, OpenOperation>()
  readonly #ended = new Set<string>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Idempotent: the same id again refreshes the request and keeps what was said. */
  begin(request: OperationRequest): void {
    const known = this.#open.get(request.id)
    if (known !== undefined) {
      known.request = {
        ...request,
        network: request.network ?? known.request.network,
        bootData: request.bootData ?? known.request.bootData,
      }
      return
    }
    this.#open.set(request.id, {
      request,
      openedAt: this.#clock.now(),
      plan: { action: 'wait' },
      hello: undefined,
      progress: undefined,
      heardAt: this.#clock.now(),
      results: new Map(),
      served: new Set(),
      waiters: new Set(),
    })
  }

  setPlan(id: string, plan: AgentPlan): void {
    const operation = this.#open.get(id)
    if (operation === undefined || JSON.stringify(operation.plan) === JSON.stringify(plan)) return
    operation.plan = plan
    wakeAll(operation)
  }

  /** The agent is gone: what it did is remembered, but only one that says hello again is here. */
  forgetAgent(id: string): void {
    const operation = this.#open.get(id)
    if (operation === undefined) return
    operation.hello = undefined
    operation.progress = undefined
  }

  end(id: string): void {
    const operation = this.#open.get(id)
    if (operation === undefined) return
    this.#open.delete(id)
    this.#ended.add(id)
    for (const oldest of this.#ended) {
      if (this.#ended.size <= endedKept) break
      this.#ended.delete(oldest)
    }
    wakeAll(operation)
  }

  /** Whether the operation was open in this process and is over: its tokens are good for nothing any more. */
  hasEnded(id: string): boolean {
    return !this.#open.has(id) && this.#ended.has(id)
  }

  find(id: string): OpenOperation | undefined {
    return this.#open.get(id)
  }

  /** The operation that waits for a server with this MAC to boot the agent over the network. */
  awaitingBoot(mac: string): OpenOperation | undefined {
    return [...this.#open.values()]
      .reverse()
      .find(({ request, hello }) => request.mac === mac.toLowerCase() && hello === undefined)
  }

  endAll(): void {
    for (const id of [...this.#open.keys()]) this.end(id)
  }
}

const wakeAll = ({ waiters }: OpenOperation): void => {
  for (const wake of waiters) wake()
  waiters.clear()
}

/** Whether the agent has something to do: a plan that it has not answered yet. */
export const hasWork = ({ plan, results }: OpenOperation): boolean =>
  plan.action === 'power-off' || (plan.action !== 'wait' && !results.has(plan.taskID))
