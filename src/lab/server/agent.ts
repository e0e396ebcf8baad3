import { randomUUID } from 'node:crypto'
import type { Clock } from '../../base/clock.js'
import { sleep } from '../../base/clock.js'
import {
  type AgentPlan,
  type AgentResult,
  agentPaths,
  agentPlanSchema,
  bootDataSchema,
  type BootSettings,
} from '../../deploy/protocol.js'
import type { FirmwareFacts } from './board.js'
import type { Disk } from './disk.js'
import { type Answer, HttpsClient } from './https-client.js'
import { downloadImage } from './image-writer.js'
import { inventoryOf } from './inventory.js'
import type { ServerJournal } from './server-journal.js'
import type { ServerTimings } from './timings.js'

/** What the simulated deploy agent runs on. */
export interface AgentWorld {
  readonly mac: string
  readonly disks: readonly Disk[]
  readonly firmware: () => FirmwareFacts
  readonly clock: Clock
  readonly timings: ServerTimings
  readonly journal: ServerJournal
  /** Aborted when power goes off. */
  readonly signal: AbortSignal
}

/** Lives the life of the deploy agent (src/deploy/protocol.ts) until the plan says `power-off`. */
export const runAgent = async (settings: BootSettings, world: AgentWorld): Promise<void> => {
  const client = new HttpsClient({ ca: settings.ca }, world.signal)
  try {
    await new Agent(settings, world, client).run()
  } finally {
    client.close()
  }
}

class Agent {
  readonly #settings: BootSettings
  readonly #world: AgentWorld
  readonly #client: HttpsClient
  readonly #bootID = randomUUID()
  /** Results by task: a task is done once, however often it is asked for. */
  readonly #done = new Map<string, AgentResult>()

  constructor(settings: BootSettings, world: AgentWorld, client: HttpsClient) {
    this.#settings = settings
    this.#world = world
    this.#client = client
  }

  async run(): Promise<void> {
    for (let plan = await this.#hello(); plan.action !== 'power-off'; ) plan = await this.#follow(plan)
  }

  /** Does what the plan says; the next plan. */
  async #follow(plan: Exclude<AgentPlan, { action: 'power-off' }>): Promise<AgentPlan> {
    if (plan.action === 'wait') return this.#nextPlan()
    const result = this.#done.get(plan.taskID) ?? (await this.#carryOut(plan))
    if (result === undefined) {
      await sleep(this.#world.clock, this.#world.timings.retry, this.#world.signal)
      return this.#hello()
    }
    const answer = await this.#understood(await this.#ask('POST', agentPaths.result, result))
    // The manager has not decided yet: wait for another plan instead of telling the same again.
    return 'taskID' in answer && this.#done.has(answer.taskID) ? this.#nextPlan() : answer
  }

  /** Repeats until the manager knows this operation; the pauses grow. */
  async #hello(): Promise<AgentPlan> {
    const { mac, disks, firmware, clock, timings, signal } = this.#world
    const inventory = inventoryOf(
      mac,
      disks.map(({ spec }) => spec),
      firmware(),
    )
    const hello = { agentVersion: 'lab', bootID: this.#bootID, inventory }
    for (let pause = timings.retry; ; pause = Math.min(pause * 2, timings.retry * 16)) {
      const plan = planOf(await this.#ask('POST', agentPaths.hello, hello))
      if (plan !== undefined) return plan
      await sleep(clock, pause, signal)
    }
  }

  async #nextPlan(): Promise<AgentPlan> {
    return this.#understood(await this.#ask('GET', agentPaths.plan))
  }

  /** The plan in an answer; anything else means that the manager wants to be greeted again (it was restarted). */
  async #understood(answer: Answer): Promise<AgentPlan> {
    return planOf(answer) ?? this.#hello()
  }

  /** Undefined when it cannot be done yet and the manager should be greeted again. */
  async #carryOut(plan: Extract<AgentPlan, { taskID: string }>): Promise<AgentResult | undefined> {
    const { journal } = this.#world
    const result = await journal.busy(plan.action, () => this.#task(plan))
    if (result !== undefined) this.#done.set(plan.taskID, result)
    return result
  }

  #task(plan: Extract<AgentPlan, { taskID: string }>): Promise<AgentResult | undefined> {
    switch (plan.action) {
      case 'write-image':
        return this.#write(plan)
      case 'handover':
        return this.#handOver(plan)
      case 'wipe':
        return this.#wipe(plan)
    }
  }

  async #write(plan: Extract<AgentPlan, { action: 'write-image' }>): Promise<AgentResult> {
    const { taskID, device } = plan
    const { clock, timings, signal, journal } = this.#world
    const disk = this.#disk(device)
    if (disk === undefined) return { taskID, ok: false, code: 'RootDeviceNotFound', message: `there is no ${device}` }
    disk.wipe()
    const outcome = await downloadImage(plan, disk, {
      clock,
      minimumMs: timings.imageWrite,
      signal,
      progress: (bytes, total) => this.#progress(taskID, 'Writing', bytes, total),
    })
    if (!outcome.ok) return { taskID, device, ...outcome }
    const { digest, bytes } = outcome
    disk.install({ digest, bytes })
    journal.note(`wrote image ${digest} task ${taskID}`)
    return { taskID, ok: true, device, digest, bytes }
  }

  async #handOver({ taskID, device }: Extract<AgentPlan, { action: 'handover' }>): Promise<AgentResult | undefined> {
    const disk = this.#disk(device)
    const installed = disk?.installed
    if (disk === undefined || installed === undefined)
      return { taskID, ok: false, code: 'AgentFailed', message: `there is no image on ${device}` }
    const { status, text } = await this.#ask('GET', agentPaths.bootdata)
    if (status === 409) return undefined
    if (status !== 200)
      return { taskID, ok: false, code: 'AgentFailed', message: `the boot data was answered with ${status}` }
    disk.install({ ...installed, bootData: bootDataSchema.parse(JSON.parse(text)) })
    this.#world.journal.note(`wrote config drive task ${taskID}`)
    return { taskID, ok: true, device }
  }

  async #wipe({ taskID, keep }: Extract<AgentPlan, { action: 'wipe' }>): Promise<AgentResult> {
    const { disks, clock, timings, signal, journal } = this.#world
    const victims = disks.filter(({ spec }) => !keep.includes(spec.deviceName))
    await this.#progress(taskID, 'Wiping', 0, undefined)
    await sleep(clock, timings.wipe, signal)
    for (const disk of victims) disk.wipe()
    const wiped = victims.map(({ spec }) => spec.deviceName)
    journal.note(`wiped ${wiped.join(' ')} task ${taskID}`)
    const proof = victims.map(({ spec: { deviceName, sizeBytes, serialNumber } }) => ({
      device: deviceName,
      sizeBytes,
      ...(serialNumber === undefined ? {} : { serialNumber }),
      method: 'metadata' as const,
      firstMiBZero: true,
      lastMiBZero: true,
      partitions: 0,
    }))
    return { taskID, ok: true, wiped, proof }
  }

  #disk(device: string): Disk | undefined {
    return this.#world.disks.find(({ spec }) => spec.deviceName === device)
  }

  /** Progress that does not get through is forgotten. */
  async #progress(taskID: string, phase: 'Writing' | 'Wiping', bytes: number, total: number | undefined) {
    const body = { taskID, phase, bytes, ...(total === undefined ? {} : { totalBytes: total }) }
    await this.#send('POST', agentPaths.progress, body).catch(() => undefined)
  }

  async #send(method: string, path: string, json?: unknown): Promise<Answer> {
    const { url, token } = this.#settings
    const answer = await this.#client.send(`${url}/${path}`, { method, token, ...(json === undefined ? {} : { json }) })
    if (method === 'POST' && answer.status === 200) this.#world.journal.told(path)
    return answer
  }

  /** Repeats until there is an answer that is no 5xx; the pauses grow. */
  async #ask(method: string, path: string, json?: unknown): Promise<Answer> {
    const { clock, timings, signal } = this.#world
    for (let pause = timings.retry; ; pause = Math.min(pause * 2, timings.retry * 16)) {
      const answer = await this.#send(method, path, json).catch(() => undefined)
      signal.throwIfAborted()
      if (answer !== undefined && answer.status < 500) return answer
      await sleep(clock, pause, signal)
    }
  }
}

const planOf = ({ status, text }: Answer): AgentPlan | undefined =>
  status === 200 ? agentPlanSchema.safeParse(JSON.parse(text)).data : undefined
