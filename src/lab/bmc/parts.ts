import { type JsonObject, isObject, linkAt, linksAt, objectAt, textAt, typeOfBody } from './json.js'
import { normalPath, type ResourceTree } from './resource-tree.js'

/** Where the resources with live behaviour are; found through links and types, never by knowing the vendor. */
export interface Parts {
  readonly root: string
  readonly system: string
  readonly manager: string | undefined
  readonly bios: string | undefined
  /** Where pending settings are written; the Bios itself when it names no other object. */
  readonly biosSettings: string | undefined
  readonly secureBoot: string | undefined
  readonly sessions: string | undefined
  /** Collections of accounts, of their roles, and of event subscriptions. */
  readonly accounts: string | undefined
  readonly roles: string | undefined
  readonly subscriptions: string | undefined
  readonly tasks: string | undefined
  /** Collections of jobs, and under which a client may create one. */
  readonly jobs: readonly string[]
  /** Virtual media slots, those of the system first. */
  readonly media: readonly string[]
  readonly ethernet: readonly string[]
  readonly drives: readonly string[]
}

const root = '/redfish/v1'

/** Finds the parts; a tree without any ComputerSystem has the path of the collection as its `system`. */
export const findParts = (tree: ResourceTree): Parts => {
  const systems = members(tree, linkAt(tree.body(root), 'Systems') ?? `${root}/Systems`)
  const system = systems.find(path => hasReset(tree.body(path))) ?? systems[0] ?? `${root}/Systems`
  const body = tree.body(system)
  const managers = members(tree, linkAt(tree.body(root), 'Managers') ?? `${root}/Managers`)
  const manager = linksAt(objectAt(body, 'Links'), 'ManagedBy')[0] ?? managers[0]
  const bios = existing(tree, linkAt(body, 'Bios'))
  const tasks = linkAt(tree.body(linkAt(tree.body(root), 'Tasks') ?? `${root}/TaskService`), 'Tasks')
  return {
    root,
    system,
    manager,
    bios,
    biosSettings: settingsOf(tree, bios),
    secureBoot: existing(tree, linkAt(body, 'SecureBoot')),
    sessions: sessionsOf(tree),
    accounts: below(tree, 'AccountService', 'Accounts'),
    roles: below(tree, 'AccountService', 'Roles'),
    subscriptions: below(tree, 'EventService', 'Subscriptions'),
    tasks: existing(tree, tasks),
    jobs: jobsOf(tree, manager),
    media: distinct(
      [system, ...(manager === undefined ? managers : [manager])].flatMap(owner =>
        members(tree, linkAt(tree.body(owner), 'VirtualMedia')),
      ),
    ),
    ethernet: members(tree, linkAt(body, 'EthernetInterfaces')),
    drives: members(tree, linkAt(body, 'Storage')).flatMap(storage => linksAt(tree.body(storage), 'Drives')),
  }
}

/** Some services link one collection from the system and from the manager. */
const distinct = (paths: readonly string[]): string[] => [
  ...new Map(paths.map(path => [normalPath(path), path])).values(),
]

/** Members of a collection that exist. */
const members = (tree: ResourceTree, collection: string | undefined): string[] =>
  collection === undefined
    ? []
    : linksAt(tree.body(collection), 'Members').filter(path => tree.body(path) !== undefined)

const existing = (tree: ResourceTree, path: string | undefined): string | undefined =>
  path !== undefined && tree.get(path) !== undefined ? path : undefined

const hasReset = (system: JsonObject | undefined): boolean =>
  textAt(objectAt(objectAt(system, 'Actions'), '#ComputerSystem.Reset'), 'target') !== undefined

const settingsOf = (tree: ResourceTree, bios: string | undefined): string | undefined =>
  bios === undefined ? undefined : (linkAt(objectAt(tree.body(bios), '@Redfish.Settings'), 'SettingsObject') ?? bios)

const sessionsOf = (tree: ResourceTree): string | undefined => {
  const service = tree.body(linkAt(tree.body(root), 'SessionService') ?? `${root}/SessionService`)
  return linkAt(objectAt(tree.body(root), 'Links'), 'Sessions') ?? linkAt(service, 'Sessions')
}

/** A collection that a service of the root links to. */
const below = (tree: ResourceTree, service: string, name: string): string | undefined =>
  existing(tree, linkAt(tree.body(linkAt(tree.body(root), service) ?? `${root}/${service}`), name))

/** The job collection below the manager (where clients create jobs) and the one of the job service. */
const jobsOf = (tree: ResourceTree, manager: string | undefined): string[] => {
  const service = linkAt(tree.body(linkAt(tree.body(root), 'JobService') ?? `${root}/JobService`), 'Jobs')
  const oem = manager === undefined ? undefined : findJobs(objectAt(objectAt(tree.body(manager), 'Links'), 'Oem'))
  return [oem, service].flatMap(path => existing(tree, path) ?? [])
}

const findJobs = (oem: JsonObject): string | undefined => {
  for (const vendor of Object.values(oem)) {
    const jobs = isObject(vendor) ? linkAt(vendor, 'Jobs') : undefined
    if (jobs !== undefined) return jobs
  }
  return undefined
}

/** Every resource of a type, in the order of the tree. */
export const resourcesOfType = (tree: ResourceTree, type: string): string[] =>
  [...tree.entries()].filter(({ body }) => typeOfBody(body) === type).map(({ path }) => path)
