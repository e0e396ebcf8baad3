import { createHash, timingSafeEqual } from 'node:crypto'
import type { BmcContext } from './context.js'
import { type JsonObject, linksAt, objectAt, textAt } from './json.js'
import type { MemberService } from './member-service.js'
import { nothingToPatch, splitPatch } from './patch.js'
import type { Principal } from './privileges.js'
import type { BmcRequest, Message, Reply } from './reply.js'
import { normalPath, type TreeEntry } from './resource-tree.js'

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** An account that logs in: its path is absent when the tree shows no accounts. */
interface Account {
  readonly path: string | undefined
  readonly username: string
  readonly password: string
}

export const writableOfAccount = ['UserName', 'Password', 'RoleId', 'Enabled', 'PasswordChangeRequired'] as const

/**
 * Accounts of the BMC (ManagerAccount.v1). A service that shows empty slots has its accounts made and removed by PATCH
 * and refuses POST and DELETE; others take those. Passwords are here only, never in the tree.
 */
export class Accounts implements MemberService {
  readonly #context: BmcContext
  #accounts: Account[]
  readonly #slots: boolean

  constructor(context: BmcContext, credentials: Credentials) {
    this.#context = context
    const members = this.#members()
    this.#slots = members.some(path => textAt(context.tree.body(path), 'UserName') === '')
    const path =
      members.find(each => textAt(context.tree.body(each), 'UserName') === credentials.username) ??
      members.find(each => textAt(context.tree.body(each), 'RoleId') === 'Administrator')
    this.#accounts = [{ path, ...credentials }]
    this.#show(path, { UserName: credentials.username })
  }

  /** Who logs in so, or nothing. */
  login(username: string, password: string): Principal | undefined {
    const account = this.#accounts.find(each => each.username === username)
    if (account === undefined || !sameText(account.password, password)) return undefined
    return this.principal(username)
  }

  /** Whom an account stands for now; undefined when it is gone or disabled. */
  principal(username: string): Principal | undefined {
    const account = this.#accounts.find(each => each.username === username)
    if (account === undefined) return undefined
    const body = account.path === undefined ? undefined : this.#context.tree.body(account.path)
    if (body?.['Enabled'] === false) return undefined
    return {
      username,
      role: textAt(body, 'RoleId') ?? 'Administrator',
      account: account.path,
      mustChangePassword: body?.['PasswordChangeRequired'] === true,
    }
  }

  /** Gives the first account, the one the simulator was started with, another name and password. */
  changeCredentials(credentials: Credentials): void {
    const [first, ...others] = this.#accounts
    this.#accounts = [{ path: first?.path, ...credentials }, ...others]
    this.#show(first?.path, { UserName: credentials.username })
  }

  isCollection(path: string): boolean {
    const { accounts } = this.#context.parts
    return accounts !== undefined && !this.#slots && normalPath(accounts) === normalPath(path)
  }

  create({ body = {} }: BmcRequest): Reply {
    const { parts, tree, journal } = this.#context
    const missing = ['UserName', 'Password', 'RoleId'].filter(name => (textAt(body, name) ?? '') === '')
    if (missing.length > 0) return { status: 400, messages: missing.map(name => about('PropertyMissing', name)) }
    const problems = this.#problems(undefined, body)
    if (problems.length > 0) return { status: 400, messages: problems }
    const collection = (parts.accounts ?? '').replace(/\/$/, '')
    const id = String(Math.max(0, ...this.#members().map(path => Number(path.split('/').pop()) || 0)) + 1)
    const path = `${collection}/${id}`
    tree.put(path, newAccount(path, id, body, this.#roleLink(textAt(body, 'RoleId') ?? '')))
    tree.changeMembers(collection, { add: path })
    this.#accounts.push({ path, username: textAt(body, 'UserName') ?? '', password: textAt(body, 'Password') ?? '' })
    journal.note('account made')
    return { status: 201, headers: { Location: path }, body: tree.body(path) ?? {} }
  }

  removes(path: string): boolean {
    return !this.#slots && this.owns(path)
  }

  delete(path: string): Reply {
    this.#accounts = this.#accounts.filter(each => !isAt(each, path))
    this.#context.tree.remove(path)
    this.#context.tree.changeMembers(this.#context.parts.accounts ?? '', { remove: path })
    this.#context.journal.note('account removed')
    return { status: 204 }
  }

  /** Whether `path` is an account. */
  owns(path: string): boolean {
    return this.#members().some(member => normalPath(member) === normalPath(path))
  }

  /** PATCH of an account, or of an empty slot, which can log in at once. */
  patch({ path, body = {} }: TreeEntry, wanted: JsonObject): Reply {
    const patch = splitPatch(body, wanted, writableOfAccount)
    if (Object.keys(patch.taken).length === 0) return nothingToPatch(patch)
    const problems = this.#problems(path, patch.taken)
    if (problems.length > 0) return { status: 400, messages: problems }
    const { Password: password, ...shown } = patch.taken
    this.#store(path, { ...body, ...shown }, password)
    this.#show(path, {
      ...(typeof password === 'string' && 'PasswordChangeRequired' in body ? { PasswordChangeRequired: false } : {}),
      ...shown,
      ...(typeof shown['RoleId'] === 'string'
        ? { Links: { ...objectAt(body, 'Links'), Role: this.#roleLink(shown['RoleId']) } }
        : {}),
    })
    const { messages } = patch
    return {
      status: 200,
      body: this.#context.tree.body(path) ?? {},
      ...(messages.length > 0 ? { messages } : {}),
    }
  }

  /** Keeps name and password of an account in line with what was written; an emptied slot logs in no more. */
  #store(path: string, body: JsonObject, password: unknown): void {
    const before = this.#accounts.find(each => isAt(each, path))
    const username = textAt(body, 'UserName') ?? ''
    const next = { path, username, password: typeof password === 'string' ? password : (before?.password ?? '') }
    const others = this.#accounts.filter(each => each !== before)
    if (username === '' || next.password === '') this.#accounts = others
    else this.#accounts = before === this.#accounts[0] ? [next, ...others] : [...others, next]
  }

  #problems(path: string | undefined, wanted: JsonObject): Message[] {
    const { UserName: username, Password: password, RoleId: role } = wanted
    const taken = this.#accounts.some(each => each.username === username && (path === undefined || !isAt(each, path)))
    return [
      ...(taken ? [about('ResourceAlreadyExists', 'UserName')] : []),
      ...(typeof password === 'string' && !this.#longEnough(password)
        ? [about('PropertyValueFormatError', 'Password')]
        : []),
      ...(typeof role === 'string' && this.#rolePath(role) === undefined
        ? [about('PropertyValueNotInList', 'RoleId')]
        : []),
    ]
  }

  #longEnough(password: string): boolean {
    const service = this.#context.tree.body((this.#context.parts.accounts ?? '').replace(/\/[^/]*\/?$/, ''))
    const { MinPasswordLength: least = 1, MaxPasswordLength: most = 255 } = service ?? {}
    return password.length >= Number(least) && password.length <= Number(most)
  }

  #rolePath(id: string): string | undefined {
    const { parts, tree } = this.#context
    return linksAt(tree.body(parts.roles ?? ''), 'Members').find(path => textAt(tree.body(path), 'Id') === id)
  }

  #roleLink(id: string): JsonObject {
    return { '@odata.id': this.#rolePath(id) ?? `${this.#context.parts.roles ?? ''}/${id}` }
  }

  #members(): string[] {
    return linksAt(this.#context.tree.body(this.#context.parts.accounts ?? ''), 'Members')
  }

  #show(path: string | undefined, fields: JsonObject): void {
    if (path !== undefined) this.#context.tree.update(path, body => ({ ...body, ...fields }))
  }
}

const isAt = ({ path }: Account, wanted: string): boolean =>
  path !== undefined && normalPath(path) === normalPath(wanted)

const newAccount = (path: string, id: string, body: JsonObject, role: JsonObject): JsonObject => ({
  '@odata.id': path,
  '@odata.type': '#ManagerAccount.v1_8_0.ManagerAccount',
  Id: id,
  Name: `Account ${id}`,
  UserName: body['UserName'] ?? '',
  Password: null,
  RoleId: body['RoleId'] ?? '',
  Enabled: body['Enabled'] !== false,
  Locked: false,
  PasswordChangeRequired: body['PasswordChangeRequired'] === true,
  AccountTypes: ['Redfish'],
  Links: { Role: role },
})

const about = (id: string, name: string): Message => ({
  id,
  text: `${name}: ${reasons[id] ?? 'cannot be taken'}.`,
  related: [`#/${name}`],
  args: [name],
})

const reasons: Readonly<Record<string, string>> = {
  PropertyMissing: 'is needed to make an account',
  ResourceAlreadyExists: 'another account has this name',
  PropertyValueFormatError: 'is too short or too long',
  PropertyValueNotInList: 'is not one of the roles of this service',
}

const sameText = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
