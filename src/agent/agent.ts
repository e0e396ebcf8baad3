import { type Clock, sleep } from '../base/clock.js'
import { toKatametalError } from '../base/errors.js'
import {
  type AgentHello,
  type AgentPlan,
  type AgentProgress,
  type AgentResult,
  agentPaths,
  agentPlanSchema,
} from '../deploy/protocol.js'
import type { AgentLog } from './agent-log.js'
import type { Answer, ManagerClient } from './manager-client.js'
import type { Watchdog } from './watchdog.js'

export type Task = Extract<AgentPlan, { taskID: string }>

/** How far a task is; kept, and told about once a second. */
export type ReportProgress = (progress: Omit<AgentProgress, 'taskID'>) => void

export interface AgentWorld {
  readonly client: Pick<ManagerClient, 'send'>
  readonly hello: () => Promise<AgentHello>
  /** Does a task. Undefined when it cannot be done yet and the manager should be greeted again. */
  readonly carryOut: (task: Task, progress: ReportProgress) => Promise<AgentResult | undefined>
  readonly watchdog: Watchdog
  readonly clock: Clock
  readonly log: AgentLog
  readonly signal: AbortSignal
}

const firstPauseMs = 250
const longestPauseMs = 4_000
const beatMs = 1_000

/**
 * Lives by protocol.ts until the plan says power-off. Each task is done at most once. Throws DeadlineExceeded when the
 * watchdog gives up.
 */
export const runAgent = async (world: AgentWorld): Promise<void> => new Agent(world).run()

class Agent {
  readonly #world: AgentWorld
  readonly #done = new Map<string, AgentResult>()
  #progress: AgentProgress | undefined

  constructor(world: AgentWorld) {
    this.#world = world
  }

  async run(): Promise<void> {
    const over = new AbortController()
    const beating = this.#beat(over.signal)
    try {
      for (let plan = await this.#hello(); plan.action !== 'power-off'; ) plan = await this.#follow(plan)
      this.#world.log.say('the manager wants this server off')
    } finally {
      over.abort()
      await beating
      await this.#shipLog()
    }
  }

  /** Does what the plan says; the next plan. */
  async #follow(plan: Exclude<AgentPlan, { action: 'power-off' }>): Promise<AgentPlan> {
    const { watchdog } = this.#world
    if (plan.action === 'wait') {
      watchdog.note('the manager has no task for this server')
      return this.#nextPlan()
    }
    const result = this.#done.get(plan.taskID) ?? (await this.#carryOut(plan))
    if (result === undefined) {
      await this.#pause(firstPauseMs * 2)
      return this.#hello()
    }
    const answer = await this.#ask('POST', agentPaths.result, result)
    const next = planOf(answer)
    if (next === undefined) return this.#understood(answer)
    // The manager has not decided yet: wait for another plan instead of telling the same again.
    return 'taskID' in next && this.#done.has(next.taskID) ? this.#nextPlan() : next
  }

  async #carryOut(task: Task): Promise<AgentResult | undefined> {
    const { log, watchdog, carryOut } = this.#world
    log.say(`task ${task.taskID}: ${task.action}`)
    const result = await carryOut(task, progress => {
      this.#progress = { taskID: task.taskID, ...progress }
    })
    this.#progress = undefined
    watchdog.feed()
    if (result === undefined) return undefined
    log.say(`task ${task.taskID}: ${result.ok ? 'done' : `${result.code ?? 'failed'}: ${result.message ?? ''}`}`)
    this.#done.set(task.taskID, result)
    return result
  }

  /** Repeats until the manager knows this operation. */
  async #hello(): Promise<AgentPlan> {
    const hello = await this.#world.hello()
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      const answer = await this.#ask('POST', agentPaths.hello, hello)
      const plan = planOf(answer) ?? this.#dismissed(answer)
      if (plan !== undefined) return plan
      this.#world.watchdog.note(`the manager answered hello with ${answer.status}`)
      await this.#pause(pause)
    }
  }

  async #nextPlan(): Promise<AgentPlan> {
    const plan = await this.#understood(await this.#ask('GET', agentPaths.plan))
    if (plan.action === 'wait') this.#world.watchdog.check()
    return plan
  }

  /** The plan in an answer; anything else means that the manager wants to be greeted again (it was restarted). */
  async #understood(answer: Answer): Promise<AgentPlan> {
    return planOf(answer) ?? this.#dismissed(answer) ?? this.#hello()
  }

  /** 403 and 410: the token is good for nothing any more, and never will be again. */
  #dismissed({ status }: Answer): AgentPlan | undefined {
    if (status !== 403 && status !== 410) return undefined
    this.#world.log.say(`the operation is over (${status})`)
    return { action: 'power-off' }
  }

  /** Repeats until there is an answer that is no 5xx; the pauses grow. */
  async #ask(method: 'GET' | 'POST', path: string, json?: unknown): Promise<Answer> {
    const { client, log, signal, watchdog } = this.#world
    for (let pause = firstPauseMs, told = ''; ; pause = Math.min(pause * 2, longestPauseMs)) {
      const answer = await client.send(method, path, json).catch((error: unknown) => toKatametalError(error).message)
      signal.throwIfAborted()
      if (typeof answer !== 'string' && answer.status < 500) return answer
      const problem = typeof answer === 'string' ? answer : `it answered ${answer.status}`
      watchdog.note(`the manager was not reached: ${problem}`)
      if (problem !== told) log.say(`the manager cannot be reached, trying on: ${problem}`)
      told = problem
      await this.#pause(pause)
    }
  }

  async #pause(ms: number): Promise<void> {
    const { clock, signal, watchdog } = this.#world
    watchdog.check()
    await sleep(clock, ms, signal)
  }

  /** Once a second: where the task is, and what was logged. What does not get through is told a second later. */
  async #beat(over: AbortSignal): Promise<void> {
    const { clock, client } = this.#world
    while (!over.aborted) {
      if (this.#progress !== undefined)
        await client.send('POST', agentPaths.progress, this.#progress).catch(() => undefined)
      await this.#shipLog()
      await sleep(clock, beatMs, over).catch(() => undefined)
    }
  }

  async #shipLog(): Promise<void> {
    const { client, log } = this.#world
    await log.ship(async lines => {
      const answer = await client.send('POST', agentPaths.log, lines).catch(() => undefined)
      return answer?.status === 200
    })
  }
}

const planOf = ({ status, text }: Answer): AgentPlan | undefined => {
  if (status !== 200) return undefined
  try {
    return agentPlanSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
