import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { hostAnnotations, hostFinalizer } from '../../../api/metal/group.js'
import { rfc3339 } from '../../base/clock.js'
import { isKatametalError, type KatametalError, toKatametalError } from '../../base/errors.js'
import { addFinalizer, hasFinalizer, removeFinalizer } from '../../kube/finalizers.js'
import { ReadYourWrites } from '../../kube/read-your-writes.js'
import { type Key, keyOf, type Reconcile, type ReconcileContext, type ReconcileResult } from '../../kube/types.js'
import { act } from './act.js'
import { Announcer } from './announce.js'
import { backOffMs, pollMs } from './back-off.js'
import { actsOnOurselves, asksTheBMC, isReadBack, nameOf } from './command-traits.js'
import type { HostCommand } from './commands.js'
import { hold } from './hold.js'
import { keepChildren } from './keep-children.js'
import { describeStep, type Place, placeOf, start, step } from './lifecycle.js'
import { type Observation, observe } from './observe.js'
import type { HostControllerParts } from './ports.js'
import { RecentLooks } from './recent-looks.js'
import { deadlineOf, describe } from './report.js'
import { SentCommands } from './sent-commands.js'
import { changedFields } from './status-patch.js'
import { holdOf } from './wishes.js'

/** How many steps one reconcile may pass before it makes room for other hosts. */
const maxSteps = 16

/**
 * The host controller: brings one BareMetalHost closer to what is wanted. Each turn looks, decides by the statechart,
 * writes the intent into status, runs the commands and reports. It may be killed between any two of these and
 * continues by looking.
 */
export const createHostReconcile = (parts: HostControllerParts): HostReconcile => {
  const writes = new ReadYourWrites<BareMetalHost>()
  const memory = new Map<Key, Memory>()

  const reconcile: Reconcile = async (key, context) => {
    const shown = parts.stores.hosts.get(key)
    if (shown === undefined) {
      writes.forget(key)
      memory.delete(key)
      return undefined
    }
    return new HostRun(parts, writes, remembered(memory, key), context, writes.latest(shown)).run()
  }

  return {
    reconcile,
    woken: key => {
      remembered(memory, key).woken = true
    },
  }
}

export interface HostReconcile {
  readonly reconcile: Reconcile
  /** Something the host waits for may have changed: its back-off is over. */
  readonly woken: (key: Key) => void
}

/** What is kept of a host between two reconciles. All of it may be lost. */
interface Memory {
  woken: boolean
  readonly sent: SentCommands
  answers: NonNullable<NonNullable<BareMetalHost['status']>['lastAnswers']>
  announcer: Announcer
}

const remembered = (memory: Map<Key, Memory>, key: Key): Memory => {
  const known = memory.get(key)
  if (known !== undefined) return known
  const fresh: Memory = {
    // What changed while no manager ran was seen by nobody: the first look of a process waits for no back-off.
    woken: true,
    sent: new SentCommands(),
    answers: [],
    announcer: new Announcer(),
  }
  memory.set(key, fresh)
  return fresh
}

/** One reconcile of one host. */
class HostRun {
  readonly #parts: HostControllerParts
  readonly #writes: ReadYourWrites<BareMetalHost>
  readonly #memory: Memory
  readonly #context: ReconcileContext
  readonly #recent: RecentLooks
  #host: BareMetalHost

  constructor(
    parts: HostControllerParts,
    writes: ReadYourWrites<BareMetalHost>,
    memory: Memory,
    context: ReconcileContext,
    host: BareMetalHost,
  ) {
    this.#parts = parts
    this.#writes = writes
    this.#memory = memory
    this.#context = context
    this.#recent = new RecentLooks(parts.clock)
    this.#host = host
  }

  async run(): Promise<ReconcileResult | undefined> {
    const { signal } = this.#context
    if (this.#host.metadata.annotations?.[hostAnnotations.deleteForMove] !== undefined) return undefined
    const deleting = this.#host.metadata.deletionTimestamp !== undefined
    const held = holdOf(this.#host, this.#parts.consumingClusterPaused(this.#host))
    if (held !== undefined) {
      if (held === 'Detached' && deleting) {
        await removeFinalizer(this.#parts.clients.hosts, this.#host, hostFinalizer, { signal })
        return undefined
      }
      await this.#patchStatus(hold(this.#host, held, this.#parts.clock.now()))
      return undefined
    }
    if (!hasFinalizer(this.#host, hostFinalizer)) {
      if (deleting) return undefined
      this.#keep(await addFinalizer(this.#parts.clients.hosts, this.#host, hostFinalizer, { signal }))
    }
    if (!deleting) await keepChildren(this.#host, this.#parts, signal)
    const pauseMs = await this.#backOffLeft()
    if (pauseMs > 0) return { requeueAfterMs: pauseMs }
    for (let turn = 0; turn < maxSteps; turn++) {
      const result = await this.#turn()
      if (result !== 'next') return result
    }
    return { requeueAfterMs: 0 }
  }

  /** What is left of the back-off after a failure; nothing once the host was changed or somebody asked for a retry. */
  async #backOffLeft(): Promise<number> {
    const { metadata, status } = this.#host
    const { woken } = this.#memory
    if (metadata.annotations?.[hostAnnotations.retryNow] !== undefined) {
      await this.#annotate({ [hostAnnotations.retryNow]: null })
      return 0
    }
    if (woken || status?.retryTime === undefined || status.observedGeneration !== metadata.generation) return 0
    return Date.parse(status.retryTime) - this.#parts.clock.now()
  }

  async #turn(): Promise<ReconcileResult | 'next' | undefined> {
    const { status } = this.#host
    const place = placeOf(status?.state, status?.step)
    if (place === undefined) {
      await this.#enter(start, undefined)
      return 'next'
    }
    // What woke the host before this look is seen by it; only later news may end the back-off after it.
    this.#memory.woken = false
    const observation = await observe(this.#host, place, this.#parts, this.#recent, this.#context.signal)
    const { failure } = observation.facts
    const next = step(place, observation.facts)
    const moved = next.place.state !== place.state || next.place.step !== place.step
    if (moved) {
      await this.#run(next.commands, observation)
      if (this.#gone) return undefined
      await this.#enter(next.place, observation)
      return 'next'
    }
    if (failure !== undefined) return this.#fail(place, observation, failure)
    const due = this.#due(place, next.commands)
    await this.#patchStatus({
      ...this.#describe(place, observation, undefined),
      ...this.#intent(due),
      retryTime: undefined,
    })
    try {
      await this.#run(due, observation)
    } catch (error) {
      this.#context.signal.throwIfAborted()
      // Somebody changed the host meanwhile: no fault of the step, which begins anew on what the host is now.
      if (isKatametalError(error, 'KubernetesConflict')) throw error
      return this.#fail(place, observation, toKatametalError(error))
    }
    if (this.#gone) return undefined
    if (due.some(command => this.#showsAtOnce(command))) return 'next'
    return { requeueAfterMs: this.#pauseUntilNextLook(place) }
  }

  #gone = false

  /** The next look sees the effect of some commands at once; the others wait for the hardware. */
  #showsAtOnce(command: HostCommand): boolean {
    if (actsOnOurselves.has(command.type)) return true
    return isReadBack.has(command.type) && this.#memory.sent.sentOnce(command)
  }

  async #run(commands: readonly HostCommand[], observation: Observation): Promise<void> {
    const { clock, log } = this.#parts
    for (const command of commands) {
      log.debug({ host: keyOf(this.#host), command: nameOf(command) }, 'running a command')
      this.#memory.announcer.command(this.#parts.events, this.#host, command)
      await this.#parts.checkpoint?.('intent', nameOf(command), keyOf(this.#host))
      try {
        await act(command, {
          host: this.#host,
          observation,
          parts: this.#parts,
          signal: this.#context.signal,
          sentAt: this.#memory.sent.firstSent(command),
          annotate: annotations => this.#annotate(annotations),
          patchStatus: status => this.#patchStatus(status),
        })
      } catch (error) {
        this.#answer(nameOf(command), toKatametalError(error).message)
        throw error
      } finally {
        if (!actsOnOurselves.has(command.type)) this.#recent.forget()
      }
      await this.#parts.checkpoint?.('done', nameOf(command), keyOf(this.#host))
      this.#memory.sent.note(command, clock.now())
      if (asksTheBMC.has(command.type)) this.#answer(nameOf(command), 'accepted')
      if (command.type === 'release') this.#gone = true
    }
  }

  /** Commands of this step that are not waiting for their effect to show. */
  #due(place: Place, commands: readonly HostCommand[]): HostCommand[] {
    const { sent } = this.#memory
    sent.inStep(this.#host.status?.since)
    // A host stays in a settled state for months and may be asked for the same again and again.
    if (isSettled(place)) sent.keepOnly(commands)
    return sent.due(commands, this.#parts.clock.now())
  }

  #intent(commands: readonly HostCommand[]): object {
    const command = commands.find(({ type }) => !actsOnOurselves.has(type))
    if (command === undefined || this.#host.status?.intent?.command === nameOf(command)) return {}
    return {
      intent: {
        command: nameOf(command),
        ...(this.#host.status?.operationID === undefined ? {} : { operationID: this.#host.status.operationID }),
        time: rfc3339(this.#parts.clock.now()),
      },
    }
  }

  async #enter(place: Place, observation: Observation | undefined): Promise<void> {
    const now = this.#parts.clock.now()
    this.#parts.log.info(
      { host: keyOf(this.#host), state: place.state, step: place.step, from: this.#host.status?.state },
      'entered a step',
    )
    this.#memory.announcer.entered(this.#parts.events, this.#host, place)
    this.#memory.sent.begin(rfc3339(now))
    await this.#patchStatus({
      ...(observation === undefined ? {} : this.#describe(place, observation, undefined)),
      state: place.state,
      step: place.step,
      since: rfc3339(now),
      deadline: deadlineOf(place, now),
      attempt: 0,
      retryTime: undefined,
      nextLook: undefined,
      intent: undefined,
    })
  }

  async #fail(place: Place, observation: Observation, failure: KatametalError): Promise<ReconcileResult> {
    const { clock, chance, events, log } = this.#parts
    const attempt = (this.#host.status?.attempt ?? 0) + 1
    const pauseMs = backOffMs(failure, attempt, chance())
    log.warn({ host: keyOf(this.#host), state: place.state, step: place.step, err: failure, attempt }, 'a step failed')
    this.#memory.announcer.failed(events, this.#host, failure)
    this.#answer(place.step ?? place.state, failure.message)
    await this.#patchStatus({
      ...this.#describe(place, observation, failure),
      attempt,
      retryTime: rfc3339(clock.now() + pauseMs),
      ...(failure.code === 'BMCLoginRefused' && observation.credentials !== undefined
        ? {
            triedCredentials: {
              secret: this.#host.spec.bmc.credentialsName,
              resourceVersion: observation.credentials.secretVersion,
              address: this.#host.spec.bmc.address,
              refused: true,
            },
          }
        : {}),
    })
    return { requeueAfterMs: pauseMs }
  }

  #describe(place: Place, observation: Observation, failure: KatametalError | undefined): object {
    const { stores, firmware, clock } = this.#parts
    const kata = firmware.shipped('kata')
    const { bios } = observation.seen
    return {
      ...describe({
        host: this.#host,
        place,
        observation,
        inventory: stores.inventories.get(keyOf(this.#host)),
        capability: bios === undefined || kata === undefined ? undefined : firmware.plan(kata, bios).rows,
        failure,
        now: clock.now(),
      }),
      ...(this.#memory.answers.length === 0 ? {} : { lastAnswers: this.#memory.answers }),
      ...(observation.credentials === undefined || observation.seen.failure !== undefined
        ? {}
        : { triedCredentials: undefined }),
    }
  }

  #pauseUntilNextLook(place: Place): number {
    const { clock, chance } = this.#parts
    const { maxPollMs } = describeStep(place)
    // In a settled state nothing is awaited of the server but the effect of a command.
    const since = isSettled(place) ? this.#memory.sent.oldest : Date.parse(this.#host.status?.since ?? '')
    const waitedMs = since === undefined ? Number.POSITIVE_INFINITY : clock.now() - since
    return pollMs(waitedMs, maxPollMs, chance())
  }

  #answer(what: string, answer: string): void {
    const entry = { time: rfc3339(this.#parts.clock.now()), what, answer: answer.slice(0, 1024) }
    const [newest] = this.#memory.answers
    // Some commands are repeated at each look; telling so would change status, which makes for another look.
    if (newest?.what === entry.what && newest.answer === entry.answer) return
    this.#memory.answers = [entry, ...this.#memory.answers].slice(0, 8)
  }

  async #annotate(annotations: Readonly<Record<string, string | null>>): Promise<void> {
    const { namespace, name, resourceVersion } = this.#host.metadata
    this.#keep(
      await this.#parts.clients.hosts.mergePatch(
        namespace,
        name,
        { metadata: { resourceVersion, annotations } },
        { signal: this.#context.signal },
      ),
    )
  }

  async #patchStatus(status: object): Promise<void> {
    const changed = changedFields(this.#host.status ?? {}, status)
    if (changed === undefined) return
    const { namespace, name, resourceVersion } = this.#host.metadata
    this.#keep(
      await this.#parts.clients.hosts.mergePatchStatus(
        namespace,
        name,
        { metadata: { resourceVersion }, status: changed },
        { signal: this.#context.signal },
      ),
    )
  }

  #keep(written: BareMetalHost | undefined): void {
    if (written === undefined) return
    this.#writes.wrote(this.#host, written)
    this.#host = written
  }
}

const isSettled = (place: Place): boolean => describeStep(place).deadlineMs === undefined
