import { rfc3339 } from '../../../base/clock.js'
import type { BmcContext } from '../context.js'
import { type Json, type JsonObject, isObject, objectAt } from '../json.js'
import { type BmcRequest, type Message, type Reply, refuse } from '../reply.js'
import { normalPath, type ResourceTree } from '../resource-tree.js'
import { Jobs, targetOfJob } from './jobs.js'
import { type AttributeRule, objectionTo, readRegistry, registryBody } from './registry.js'
import { BiosRules } from './rules.js'
import { secureBootWaits } from './secure-boot.js'

const words = {
  unknown: ['PropertyUnknown', 'is not an attribute of this BIOS'],
  'not-writable': ['PropertyNotWritable', 'cannot be written'],
  type: ['PropertyValueTypeError', 'has another type'],
  'not-in-list': ['PropertyValueNotInList', 'does not have this value in its list'],
} as const

/**
 * BIOS attributes: writes become pending and are applied at the next restart (Redfish settings objects, DSP0266 9.10),
 * together with what the dependencies of the registry say. A service without a settings object takes them at Bios
 * itself, and shows nothing of it until the restart.
 */
export class BiosSettings {
  readonly jobs: Jobs
  readonly #context: BmcContext
  readonly #registry: () => ReadonlyMap<string, AttributeRule>
  readonly #rules: () => BiosRules
  #pending: JsonObject = {}
  #lateMessages: Message[] = []

  constructor(context: BmcContext) {
    this.#context = context
    this.jobs = new Jobs(context)
    let registry: ReadonlyMap<string, AttributeRule> | undefined
    this.#registry = () => (registry ??= readRegistry(context.tree, this.current))
    let rules: BiosRules | undefined
    this.#rules = () => (rules ??= new BiosRules(registryBody(context.tree, this.current)))
  }

  get current(): JsonObject {
    const { tree, parts } = this.#context
    return objectAt(tree.body(parts.bios ?? ''), 'Attributes')
  }

  get pending(): JsonObject {
    return this.#pending
  }

  /** Whether a PATCH of `path` writes settings. */
  takes(path: string): boolean {
    const { biosSettings } = this.#context.parts
    return biosSettings !== undefined && normalPath(biosSettings) === normalPath(path)
  }

  /** PATCH of the settings object. */
  write({ body = {}, path }: BmcRequest): Reply {
    const { behaviour, tree, journal } = this.#context
    const wanted = body['Attributes']
    if (!isObject(wanted)) return refuse(400, 'PropertyMissing', 'Attributes is missing.', ['#/Attributes'])
    if (this.jobs.open !== undefined)
      return refuse(400, 'SYS011', 'A configuration job is open already; nothing was changed.')
    const problems = this.#problems(wanted)
    const refused = new Set(problems.map(({ args }) => args?.[0]))
    if (problems.length > 0 && !behaviour.biosRefusesLate) return { status: 400, messages: problems }
    const taken = Object.fromEntries(Object.entries(wanted).filter(([name]) => !refused.has(name)))
    this.#lateMessages = problems
    this.#setPending({ ...this.#pending, ...taken })
    journal.note(`bios write ${Object.keys(taken).sort().join(' ')}`)
    const now = isObject(body['@Redfish.SettingsApplyTime'])
    if (behaviour.biosWrite === 'task') {
      const task = this.jobs.handOver(this.jobs.create(false))
      return { status: 202, body: task }
    }
    if (behaviour.biosWrite === 'job' && now) return this.#jobReply()
    return { status: 200, body: tree.body(path) ?? {}, messages: [success] }
  }

  /** POST to a job collection: makes the job that a write without an apply time lacks. */
  createJob(request: BmcRequest): Reply {
    const target = targetOfJob(request.body)
    if (target === undefined || !this.takes(target))
      return refuse(400, 'PropertyMissing', 'TargetSettingsURI does not name a settings object.', [
        '#/TargetSettingsURI',
      ])
    if (this.jobs.open !== undefined) return refuse(400, 'SYS011', 'A configuration job is open already.')
    if (Object.keys(this.#pending).length === 0 && !secureBootWaits(this.#context))
      return refuse(400, 'SYS012', 'There is nothing to configure.')
    return this.#jobReply()
  }

  /** DELETE of the open job: its settings are dropped. */
  deleteJob(): Reply {
    this.jobs.cancel()
    this.#setPending({})
    return { status: 204 }
  }

  /** The restart has begun: applies what is pending and, where jobs are needed, has one. Whether it did. */
  apply(): boolean {
    const { behaviour, tree, parts, clock, journal } = this.#context
    // A restart that comes before the job was scheduled passes it by, as it does on real machines.
    if (behaviour.biosWrite !== 'plain' && this.jobs.open?.state !== 'Scheduled') return false
    this.jobs.advance('Scheduled', 'Running')
    const names = Object.keys(this.#pending).sort()
    if (names.length > 0) journal.note(`bios applied ${names.join(' ')}`)
    if (parts.bios !== undefined)
      tree.update(parts.bios, body => ({
        ...body,
        Attributes: this.#rules().applied(objectAt(body, 'Attributes'), this.#pending),
        ...(showsMessages(body) && (names.length > 0 || this.#lateMessages.length > 0)
          ? { '@Redfish.Settings': this.#outcome(body, rfc3339(clock.now())) }
          : {}),
      }))
    this.#lateMessages = []
    this.#setPending({})
    return true
  }

  /** The restart is over. */
  finish(): void {
    this.jobs.advance('Running', 'Completed')
  }

  #jobReply(): Reply {
    const job = this.jobs.create(true)
    return { status: 202, headers: { Location: job.task ?? job.paths[0] ?? '' } }
  }

  #problems(wanted: JsonObject): Message[] {
    const then = { ...this.current, ...this.#pending, ...wanted }
    return Object.entries(wanted).flatMap(([name, value]) => {
      const objection =
        objectionTo(this.#registry().get(name), this.current[name], value) ??
        (this.#rules().locks(name, then) ? 'not-writable' : undefined)
      if (objection === undefined) return []
      const [id, text] = words[objection]
      return [{ id, text: `${name} ${text}.`, related: [`#/Attributes/${name}`], args: [name] }]
    })
  }

  /** Shows the pending values in the manner of the service. */
  #setPending(pending: JsonObject): void {
    this.#pending = pending
    const { tree, parts, behaviour } = this.#context
    const { biosSettings, bios } = parts
    if (biosSettings === undefined || biosSettings === bios) return
    tree.update(biosSettings, body => ({ ...body, ...this.#shown(body, pending, behaviour.pendingShape) }))
    const nothing = Object.keys(pending).length === 0
    if (nothing && behaviour.pendingShape === 'absent') dropAttributes(tree, biosSettings)
  }

  #shown(body: JsonObject, pending: JsonObject, shape: 'absent' | 'empty' | 'full'): JsonObject {
    return { ...body, Attributes: shape === 'full' ? { ...this.current, ...pending } : pending }
  }

  #outcome(body: JsonObject, time: string): JsonObject {
    const messages: Json[] = [{ MessageId: `${this.#context.behaviour.messages}.Success` }]
    for (const { id, args = [], related = [] } of this.#lateMessages)
      messages.push({
        MessageId: `${this.#context.behaviour.messages}.${id}`,
        MessageArgs: [...args],
        RelatedProperties: [...related],
      })
    return { ...objectAt(body, '@Redfish.Settings'), Messages: messages, Time: time }
  }
}

const success: Message = { id: 'Success', text: 'The settings were taken.' }

const showsMessages = (bios: JsonObject): boolean => 'Messages' in objectAt(bios, '@Redfish.Settings')

const dropAttributes = (tree: ResourceTree, path: string): void =>
  tree.update(path, ({ Attributes: _, ...rest }) => rest)
