import type { BmcContext } from './context.js'
import { type JsonObject, linksAt, listAt, textAt, typeOfBody } from './json.js'
import { type BmcRequest, type Reply, refuse } from './reply.js'
import { normalPath } from './resource-tree.js'

/** Who sent a request. */
export interface Principal {
  readonly username: string
  readonly role: string
  /** Path of its account; undefined when the tree shows no accounts. */
  readonly account: string | undefined
  /** Nothing but its own account may be used until it has another password (DSP0266 section 13.3.7.4). */
  readonly mustChangePassword: boolean
  /** Path of the session it came with; undefined for Basic authentication. */
  readonly session?: string
}

/** The roles that every service has, and their privileges (DSP0266 section 13.3.7.2). */
export const standardRoles: Readonly<Record<string, readonly string[]>> = {
  Administrator: ['Login', 'ConfigureManager', 'ConfigureUsers', 'ConfigureComponents', 'ConfigureSelf'],
  Operator: ['Login', 'ConfigureComponents', 'ConfigureSelf'],
  ReadOnly: ['Login', 'ConfigureSelf'],
}

type Served = Pick<BmcContext, 'tree' | 'parts'>

/** Why `who` may not send this request, or nothing. Follows the privilege registry of DMTF (DSP8011) in the large. */
export const forbidden = (context: Served, who: Principal, request: BmcRequest): Reply | undefined => {
  const body = context.tree.body(request.path.replace(/\/actions\/.*$/i, ''))
  const own = isOwn(who, request)
  if (who.mustChangePassword && !own) return changePasswordFirst(who)
  const needed = own ? 'ConfigureSelf' : neededFor(request.method, typeOfBody(body))
  return privilegesOf(context, who.role).includes(needed)
    ? undefined
    : refuse(403, 'InsufficientPrivilege', `This needs the privilege ${needed}.`)
}

/** The message that everything but the own account is answered with until the password was changed. */
export const changePasswordMessage = ({ account = '' }: Principal) => ({
  id: 'PasswordChangeRequired',
  text: `The password of this account must be changed first: PATCH Password of ${account}.`,
  args: [account],
})

const changePasswordFirst = (who: Principal): Reply => ({ status: 403, messages: [changePasswordMessage(who)] })

/** Reading one's account, changing its password, ending one's session. */
const isOwn = (who: Principal, { method, path, body }: BmcRequest): boolean => {
  const at = normalPath(path)
  if (who.session !== undefined && normalPath(who.session) === at) return method === 'DELETE'
  if (who.account === undefined || normalPath(who.account) !== at) return false
  return method === 'GET' || method === 'HEAD' || (method === 'PATCH' && onlyPassword(body))
}

const onlyPassword = (body: JsonObject | undefined): boolean =>
  body !== undefined && Object.keys(body).every(name => name === 'Password')

const neededFor = (method: string, type = ''): string => {
  const reading = method === 'GET' || method === 'HEAD'
  if (type === 'ManagerAccount') return 'ConfigureUsers'
  if (reading) return 'Login'
  if (ofUsers.has(type)) return 'ConfigureUsers'
  return ofManager.has(type) ? 'ConfigureManager' : 'ConfigureComponents'
}

const ofUsers: ReadonlySet<string> = new Set(['ManagerAccountCollection', 'AccountService', 'Role', 'RoleCollection'])

const ofManager: ReadonlySet<string> = new Set([
  'Manager',
  'ManagerNetworkProtocol',
  'VirtualMedia',
  'Session',
  'SessionService',
  'EventService',
  'EventDestination',
  'EventDestinationCollection',
  'UpdateService',
])

/** What the Role resource of the tree says, else what the standard says of that role. */
const privilegesOf = ({ tree, parts }: Served, role: string): readonly unknown[] => {
  const roles = linksAt(tree.body(parts.roles ?? ''), 'Members')
  const path = roles.find(each => textAt(tree.body(each), 'Id') === role)
  const assigned = path === undefined ? [] : listAt(tree.body(path), 'AssignedPrivileges')
  return assigned.length > 0 ? assigned : (standardRoles[role] ?? [])
}
