import { randomBytes, timingSafeEqual, createHash } from 'node:crypto'
import type { BmcContext } from './context.js'
import { textAt } from './json.js'
import { type BmcRequest, type Reply, refuse } from './reply.js'
import { normalPath } from './resource-tree.js'

export interface Credentials {
  readonly username: string
  readonly password: string
}

interface Session {
  readonly id: string
  readonly token: string
  lastUse: number
}

/** Sessions (DSP0266 section 13.3.4) and Basic authentication. */
export class Sessions {
  readonly #context: BmcContext
  #credentials: Credentials
  #sessions: Session[] = []
  #count = 0
  /** Every token that was handed out, oldest first: what must be found nowhere else. */
  readonly issued: string[] = []

  constructor(context: BmcContext, credentials: Credentials) {
    this.#context = context
    this.#credentials = credentials
  }

  /** Sets another user and password; open sessions go on, as they do on most BMCs. */
  changeCredentials(credentials: Credentials): void {
    this.#credentials = credentials
  }

  get open(): number {
    this.#expire()
    return this.#sessions.length
  }

  isCollection(path: string): boolean {
    const { sessions } = this.#context.parts
    return (
      sessions !== undefined && [normalPath(sessions), `${normalPath(sessions)}/members`].includes(normalPath(path))
    )
  }

  /** Whether the request carries a token of an open session or the right Basic credentials. */
  authorize({ headers }: BmcRequest): boolean {
    this.#expire()
    const token = headers['x-auth-token']
    const session = this.#sessions.find(each => typeof token === 'string' && sameText(each.token, token))
    if (session !== undefined) {
      session.lastUse = this.#context.clock.now()
      return true
    }
    const [scheme, encoded = ''] = (headers.authorization ?? '').split(' ')
    const { username, password } = this.#credentials
    return scheme === 'Basic' && sameText(Buffer.from(encoded, 'base64').toString(), `${username}:${password}`)
  }

  /** POST to the collection. */
  create({ body }: BmcRequest): Reply {
    const { tree, parts, behaviour, journal, clock } = this.#context
    const { username, password } = this.#credentials
    const given = `${textAt(body, 'UserName') ?? ''}:${textAt(body, 'Password') ?? ''}`
    if (!sameText(given, `${username}:${password}`)) {
      journal.note('login refused')
      return refuse(401, 'NoValidSession', 'The user name or the password is wrong.')
    }
    if (this.open >= behaviour.sessionLimit) return this.limitReached()
    const session = { id: String(++this.#count), token: randomBytes(16).toString('hex'), lastUse: clock.now() }
    this.#sessions.push(session)
    this.issued.push(session.token)
    const path = `${(parts.sessions ?? '').replace(/\/$/, '')}/${session.id}`
    const resource = {
      '@odata.id': path,
      '@odata.type': '#Session.v1_1_2.Session',
      Id: session.id,
      Name: 'User session',
      UserName: username,
    }
    tree.put(path, resource)
    tree.changeMembers(parts.sessions ?? '', { add: path })
    return { status: 201, headers: { 'X-Auth-Token': session.token, Location: path }, body: resource }
  }

  limitReached(): Reply {
    this.#context.journal.note('session limit')
    return refuse(503, this.#context.behaviour.sessionLimitMessage, 'All sessions of this BMC are in use.')
  }

  /** DELETE of a session; undefined when `path` is not one. */
  delete(path: string): Reply | undefined {
    const session = this.#sessions.find(({ id }) => normalPath(path) === normalPath(this.#path(id)))
    if (session === undefined) return undefined
    this.#end(session)
    return { status: 204 }
  }

  /** Ends all, as a restart of the BMC does. */
  clear(): void {
    for (const session of this.#sessions) this.#end(session)
  }

  #path(id: string): string {
    return `${this.#context.parts.sessions ?? ''}/${id}`
  }

  #end(session: Session): void {
    this.#sessions = this.#sessions.filter(other => other !== session)
    this.#context.tree.remove(this.#path(session.id))
    this.#context.tree.changeMembers(this.#context.parts.sessions ?? '', { remove: this.#path(session.id) })
  }

  #expire(): void {
    const oldest = this.#context.clock.now() - this.#context.behaviour.sessionTimeoutMs
    for (const session of this.#sessions) if (session.lastUse < oldest) this.#end(session)
  }
}

const sameText = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
