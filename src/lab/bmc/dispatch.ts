import { type Accounts, writableOfAccount } from './accounts.js'
import type { BmcContext } from './context.js'
import { Etags } from './etag.js'
import { type JsonObject, isObject, linkAt, objectAt, textAt, typeOfBody } from './json.js'
import type { BiosSettings } from './live/bios.js'
import { bootHome, bootOf, writeBoot } from './live/boot.js'
import type { FirmwareUpdate } from './live/firmware-update.js'
import { writeManagerAttributes } from './live/manager-boot.js'
import type { MediaSlots } from './live/media.js'
import type { PowerControl } from './live/power.js'
import type { MemberService } from './member-service.js'
import { nothingToPatch, splitPatch } from './patch.js'
import { applyQuery } from './query.js'
import { type BmcRequest, type Reply, notAllowed, notFound, refuse } from './reply.js'
import { normalPath, type TreeEntry } from './resource-tree.js'

/** The live parts behind the resources. */
export interface LiveParts {
  readonly power: PowerControl
  readonly media: MediaSlots
  readonly bios: BiosSettings
  readonly update: FirmwareUpdate
  readonly accounts: Accounts
  /** Those whose members clients make and remove. */
  readonly collections: readonly MemberService[]
  /** Restarts the BMC itself. */
  readonly restartManager: () => void
}

const open: ReadonlySet<string> = new Set(['/redfish', '/redfish/v1', '/redfish/v1/odata', '/redfish/v1/$metadata'])

/** Whether a path can be read without login. */
export const isOpenPath = (path: string): boolean => open.has(normalPath(path))

/** Answers one request whose login was checked. */
export class Dispatcher {
  readonly #context: BmcContext
  readonly #live: LiveParts
  readonly #etags: Etags

  constructor(context: BmcContext, live: LiveParts) {
    this.#context = context
    this.#live = live
    this.#etags = new Etags(context)
  }

  dispatch(request: BmcRequest): Reply {
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return this.#get(request)
      case 'PATCH':
        return this.#patch(request)
      case 'POST':
        return this.#post(request)
      case 'DELETE':
        return this.#delete(request)
      default:
        return this.#context.tree.get(request.path) === undefined
          ? notFound(request.path)
          : notAllowed(this.#methodsOf(request.path))
    }
  }

  #get({ path, query, headers }: BmcRequest): Reply {
    const entry = this.#context.tree.get(path)
    if (entry === undefined) return this.#isAction(path) ? notAllowed(['POST']) : notFound(path)
    const allow = { Allow: this.#methodsOf(path).join(', '), ...describedBy(entry.body) }
    if (entry.body === undefined)
      return { status: 200, headers: { ...allow, ...typeOfText(entry.text) }, body: entry.text ?? '' }
    const tag = this.#etags.of(path, entry.body)
    if (tag !== undefined && headers['if-none-match'] === tag) return { status: 304, headers: { ETag: tag } }
    const answer = applyQuery(this.#context.tree, this.#view(path, entry.body), query)
    return answer.status === 200
      ? { ...answer, headers: { ...allow, ...(tag === undefined ? {} : { ETag: tag }) } }
      : answer
  }

  /** What is shown of a resource: BIOS without attributes while some servers post. */
  #view(path: string, body: JsonObject): JsonObject {
    const { behaviour, parts } = this.#context
    const stamped = this.#withSettingsTag(this.#etags.stamped(path, body))
    if (!behaviour.biosHiddenDuringPost || !this.#live.power.posting) return stamped
    if (parts.bios === undefined || normalPath(parts.bios) !== normalPath(path)) return stamped
    const { Attributes: _, ...rest } = stamped
    return rest
  }

  /** Where the service tells the tag of pending settings with the settings in force. */
  #withSettingsTag(body: JsonObject): JsonObject {
    const { behaviour, tree } = this.#context
    const settings = objectAt(body, '@Redfish.Settings')
    const path = linkAt(settings, 'SettingsObject')
    const pending = path === undefined ? undefined : tree.body(path)
    if (!behaviour.settingsTag || path === undefined || pending === undefined) return body
    return { ...body, '@Redfish.Settings': { ...settings, ETag: this.#etags.of(path, pending) ?? '' } }
  }

  #patch(request: BmcRequest): Reply {
    const entry = this.#context.tree.get(request.path)
    if (entry?.body === undefined) return notFound(request.path)
    if (!this.#methodsOf(request.path).includes('PATCH')) return notAllowed(this.#methodsOf(request.path))
    if (request.body === undefined) return refuse(400, 'MalformedJSON', 'The body is not a JSON object.')
    const mismatch = this.#etags.check(request, entry.body)
    if (mismatch !== undefined) return mismatch
    if (this.#live.bios.takes(request.path)) return this.#live.bios.write(request)
    if (this.#live.accounts.owns(request.path)) return this.#stamped(this.#live.accounts.patch(entry, request.body))
    if (typeOfBody(entry.body) === 'VirtualMedia') return this.#live.media.patch(entry, request.body)
    if (typeOfBody(entry.body) === 'DellAttributes' && isObject(request.body['Attributes'])) {
      writeManagerAttributes(this.#context, entry.path, request.body['Attributes'])
      return this.#stamped({ status: 200, body: this.#context.tree.body(entry.path) ?? {} })
    }
    return this.#write(entry, request.body)
  }

  /** Writes plain properties; what cannot be written is refused, or told next to what was (DSP0266 section 7.8). */
  #write(entry: TreeEntry, wanted: JsonObject): Reply {
    const boot = normalPath(entry.path) === normalPath(bootHome(this.#context)) ? bootOf(wanted) : undefined
    const { Boot: _, ...withoutBoot } = wanted
    const plain = boot === undefined ? wanted : withoutBoot
    const writable = writableOf(entry.body).filter(name => name !== 'Boot')
    const patch = splitPatch(entry.body ?? {}, plain, writable)
    const { taken, messages } = patch
    const nothing = Object.keys(taken).length === 0
    if (nothing && boot === undefined) return nothingToPatch(patch)
    const refused = boot && writeBoot(this.#context, this.#live.power.posting, boot)
    if (refused !== undefined) return refused
    if (!nothing) this.#context.tree.update(entry.path, body => ({ ...body, ...taken }))
    const body = this.#context.tree.body(entry.path) ?? {}
    return this.#stamped({ status: 200, body, ...(messages.length > 0 ? { messages } : {}) })
  }

  #post(request: BmcRequest): Reply {
    const { tree, behaviour } = this.#context
    const collection = this.#live.collections.find(each => each.isCollection(request.path))
    if (collection !== undefined) return this.#create(collection, request)
    if (this.#takesJobs(request.path)) return this.#live.bios.createJob(request)
    const action = this.#actionAt(request.path)
    if (action === undefined)
      return tree.get(request.path) === undefined ? notFound(request.path) : notAllowed(this.#methodsOf(request.path))
    if (request.bodyError) return refuse(400, 'MalformedJSON', 'The body is not a JSON object.')
    if (behaviour.actionsRefuseIfMatch && request.headers['if-match'] !== undefined)
      return refuse(412, 'PreconditionFailed', 'Actions do not take If-Match.')
    return this.#act(action.name, action.owner, request)
  }

  #create(collection: MemberService, request: BmcRequest): Reply {
    if (request.bodyError) return refuse(400, 'MalformedJSON', 'The body is not a JSON object.')
    return this.#stamped(collection.create(request))
  }

  /** The reply with the entity tag of the resource that it carries. */
  #stamped(reply: Reply): Reply {
    const path = typeof reply.body === 'object' ? textAt(reply.body, '@odata.id') : undefined
    if (path === undefined || typeof reply.body !== 'object') return reply
    const tag = this.#etags.of(path, reply.body)
    const headers = { ...reply.headers, ...(tag === undefined ? {} : { ETag: tag }) }
    return { ...reply, headers, body: this.#etags.stamped(path, reply.body) }
  }

  #act(name: string, owner: TreeEntry, request: BmcRequest): Reply {
    switch (name) {
      case '#ComputerSystem.Reset':
        return this.#isSystem(owner.path) ? this.#live.power.reset(request) : notOffered(name)
      case '#VirtualMedia.InsertMedia':
        return this.#live.media.insert(owner, request)
      case '#VirtualMedia.EjectMedia':
        return this.#live.media.eject(owner, request)
      case '#UpdateService.SimpleUpdate':
        return this.#live.update.start(owner, request)
      case '#Manager.Reset':
        this.#live.restartManager()
        return { status: 204 }
      default:
        return notOffered(name)
    }
  }

  #delete({ path }: BmcRequest): Reply {
    const collection = this.#live.collections.find(each => each.removes(path))
    if (collection !== undefined) return collection.delete(path)
    if (this.#live.bios.jobs.isOpen(path)) return this.#live.bios.deleteJob()
    return this.#context.tree.get(path) === undefined ? notFound(path) : notAllowed(this.#methodsOf(path))
  }

  /** The action whose target is `path`, and the resource that offers it. */
  #actionAt(path: string): { name: string; owner: TreeEntry } | undefined {
    if (!/\/actions\//i.test(path)) return undefined
    const wanted = normalPath(path)
    for (const owner of this.#context.tree.entries()) {
      for (const [name, action] of Object.entries(objectAt(owner.body, 'Actions'))) {
        const target = isObject(action) ? textAt(action, 'target') : undefined
        if (target !== undefined && normalPath(target) === wanted) return { name, owner }
      }
    }
    return undefined
  }

  /** The first job collection takes new jobs, where the service wants clients to make them. */
  #takesJobs(path: string): boolean {
    const { parts, behaviour } = this.#context
    return behaviour.biosWrite === 'job' && normalPath(parts.jobs[0] ?? '') === normalPath(path)
  }

  #isAction(path: string): boolean {
    return this.#actionAt(path) !== undefined
  }

  #isSystem(path: string): boolean {
    return normalPath(path) === normalPath(this.#context.parts.system)
  }

  #methodsOf(path: string): string[] {
    const body = this.#context.tree.body(path)
    const changeable = this.#live.bios.takes(path) || writableOf(body).length > 0
    const { bios, collections } = this.#live
    const takesPost = collections.some(each => each.isCollection(path)) || this.#takesJobs(path)
    const deletable = collections.some(each => each.removes(path)) || bios.jobs.isOpen(path)
    return [
      'GET',
      'HEAD',
      ...(changeable ? ['PATCH'] : []),
      ...(takesPost ? ['POST'] : []),
      ...(deletable ? ['DELETE'] : []),
    ]
  }
}

/** Where the schema of a resource is published (DSP0266 section 8.2). */
const describedBy = (body: JsonObject | undefined): Record<string, string> => {
  const type = /^#(.*)\.[^.]+$/.exec(textAt(body, '@odata.type') ?? '')?.[1]
  return type === undefined ? {} : { Link: `<http://redfish.dmtf.org/schemas/v1/${type}.json>; rel=describedby` }
}

const typeOfText = (text = ''): Record<string, string> =>
  text.trimStart().startsWith('<') ? { 'Content-Type': 'application/xml' } : {}

const notOffered = (name: string): Reply =>
  refuse(400, 'ActionNotSupported', `The action ${name} is not supported here.`)

/** Properties that a PATCH may change, by the type of the resource. */
const writableOf = (body: JsonObject | undefined): readonly string[] => writable[typeOfBody(body) ?? ''] ?? []

const writable: Readonly<Record<string, readonly string[]>> = {
  ComputerSystem: ['AssetTag', 'HostName', 'IndicatorLED', 'LocationIndicatorActive', 'Boot'],
  Chassis: ['AssetTag', 'IndicatorLED', 'LocationIndicatorActive'],
  Manager: ['DateTime', 'DateTimeLocalOffset'],
  SecureBoot: ['SecureBootEnable'],
  SessionService: ['SessionTimeout'],
  VirtualMedia: ['Image', 'Inserted', 'WriteProtected'],
  ManagerAccount: writableOfAccount,
  EventDestination: ['Context'],
  DellAttributes: ['Attributes'],
}
