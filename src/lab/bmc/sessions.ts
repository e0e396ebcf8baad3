import { randomBytes } from 'node:crypto'
import type { Accounts } from './accounts.js'
import type { BmcContext } from './context.js'
import { textAt } from './json.js'
import type { MemberService } from './member-service.js'
import { changePasswordMessage, type Principal } from './privileges.js'
import { type BmcRequest, type Reply, refuse } from './reply.js'
import { normalPath } from './resource-tree.js'

interface Session {
  readonly id: string
  readonly token: string
  readonly username: string
  lastUse: number
}

/** Sessions (DSP0266 section 13.3.4) and Basic authentication. */
export class Sessions implements MemberService {
  readonly #context: BmcContext
  readonly #accounts: Accounts
  #sessions: Session[] = []
  #count = 0
  /** Every token that was handed out, oldest first: what must be found nowhere else. */
  readonly issued: string[] = []

  constructor(context: BmcContext, accounts: Accounts) {
    this.#context = context
    this.#accounts = accounts
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

  /**
   * Who sends the request: the owner of an open session, or of the right Basic credentials. A session goes on when its
   * account gets another name or password, as it does on most BMCs, and ends with the account.
   */
  authorize({ headers }: BmcRequest): Principal | undefined {
    this.#expire()
    const token = headers['x-auth-token']
    const session = this.#sessions.find(each => typeof token === 'string' && each.token === token)
    if (session !== undefined) return this.#use(session)
    const [scheme, encoded = ''] = (headers.authorization ?? '').split(' ')
    if (scheme !== 'Basic') return undefined
    const [username = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':')
    return this.#accounts.login(username, password.join(':'))
  }

  /** POST to the collection. */
  create({ body }: BmcRequest): Reply {
    const { tree, parts, behaviour, journal, clock } = this.#context
    const who = this.#accounts.login(textAt(body, 'UserName') ?? '', textAt(body, 'Password') ?? '')
    if (who === undefined) {
      journal.note('login refused')
      return refuse(401, 'NoValidSession', 'The user name or the password is wrong.')
    }
    if (this.open >= behaviour.sessionLimit) return this.limitReached()
    const { username } = who
    const token = randomBytes(16).toString('hex')
    const session = { id: String(++this.#count), token, username, lastUse: clock.now() }
    this.#sessions.push(session)
    this.issued.push(token)
    const path = this.#path(session.id)
    const resource = {
      '@odata.id': path,
      '@odata.type': '#Session.v1_1_2.Session',
      Id: session.id,
      Name: 'User session',
      UserName: username,
    }
    tree.put(path, resource)
    tree.changeMembers(parts.sessions ?? '', { add: path })
    return {
      status: 201,
      headers: { 'X-Auth-Token': token, Location: path },
      body: resource,
      ...(who.mustChangePassword ? { messages: [changePasswordMessage(who)] } : {}),
    }
  }

  limitReached(): Reply {
    this.#context.journal.note('session limit')
    return refuse(503, this.#context.behaviour.sessionLimitMessage, 'All sessions of this BMC are in use.')
  }

  removes(path: string): boolean {
    return this.#at(path) !== undefined
  }

  delete(path: string): Reply {
    const session = this.#at(path)
    if (session !== undefined) this.#end(session)
    return this.#context.behaviour.sessionDeleteStatus === 204
      ? { status: 204 }
      : { status: 200, messages: [{ id: 'Success', text: 'The session has ended.' }] }
  }

  /** Ends all, as a restart of the BMC does. */
  clear(): void {
    for (const session of this.#sessions) this.#end(session)
  }

  #use(session: Session): Principal | undefined {
    const who = this.#accounts.principal(session.username)
    if (who === undefined) {
      this.#end(session)
      return undefined
    }
    session.lastUse = this.#context.clock.now()
    return { ...who, session: this.#path(session.id) }
  }

  #at(path: string): Session | undefined {
    return this.#sessions.find(({ id }) => normalPath(path) === normalPath(this.#path(id)))
  }

  #path(id: string): string {
    return `${(this.#context.parts.sessions ?? '').replace(/\/$/, '')}/${id}`
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
