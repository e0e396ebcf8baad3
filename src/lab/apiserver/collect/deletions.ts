import { crdFinalizer } from '../builtin/crd.js'
import { at, listOf, objectOf, textOf } from '../json.js'
import { withMetadata } from '../object.js'
import { foregroundFinalizer, orphanFinalizer } from '../write/remove.js'
import { type OwnerGraph, ownersOf } from './owner-graph.js'
import { type CollectorDeps, dropFinalizer, edit, find, findAll, type Found, isDeleting, remove } from './place.js'

/**
 * Takes the deletion of a marked object one step on: dependents are orphaned or deleted first, namespaces and definitions are
 * emptied. To be called again whenever something that it waits for has changed.
 */
export const advanceDeletion = (deps: CollectorDeps, graph: OwnerGraph, found: Found): void => {
  const finalizers = found.object.metadata.finalizers ?? []
  if (finalizers.includes(orphanFinalizer)) orphan(deps, graph, found)
  else if (finalizers.includes(foregroundFinalizer)) foreground(deps, graph, found)
  else if (found.table === '/namespaces') emptyNamespace(deps, found)
  else if (finalizers.includes(crdFinalizer)) emptyDefinition(deps, found)
}

const dependentsOf = (deps: CollectorDeps, graph: OwnerGraph, owner: Found): Found[] =>
  graph.dependentsOf(owner.object.metadata.uid).flatMap(place => find(deps, place) ?? [])

const orphan = (deps: CollectorDeps, graph: OwnerGraph, owner: Found): void => {
  for (const dependent of dependentsOf(deps, graph, owner)) {
    const left = ownersOf(dependent.object).filter(ref => ref.uid !== owner.object.metadata.uid)
    edit(deps, dependent, o => withMetadata(o, { ownerReferences: left.length === 0 ? undefined : left }))
  }
  dropFinalizer(deps, owner, orphanFinalizer)
}

/** Dependents first: the owner stays until those that block its deletion are gone. */
const foreground = (deps: CollectorDeps, graph: OwnerGraph, owner: Found): void => {
  for (const dependent of dependentsOf(deps, graph, owner))
    if (!isDeleting(dependent.object)) remove(deps, dependent, 'Foreground')
  const { uid } = owner.object.metadata
  const blocks = ({ object }: Found) => ownersOf(object).some(ref => ref.uid === uid && ref.blockOwnerDeletion === true)
  if (!dependentsOf(deps, graph, owner).some(blocks)) dropFinalizer(deps, owner, foregroundFinalizer)
}

const emptyNamespace = (deps: CollectorDeps, found: Found): void => {
  const { name } = found.object.metadata
  const content = () =>
    deps.storage
      .tables()
      .flatMap(table => findAll(deps, table))
      .filter(({ object }) => object.metadata.namespace === name)
  for (const inside of content()) if (!isDeleting(inside.object)) remove(deps, inside)
  if (content().length > 0 || listOf(at(found.object.spec, 'finalizers')).length === 0) return
  edit(deps, found, o => ({ ...o, spec: { ...objectOf(o.spec), finalizers: [] } }), 'finalize')
}

const emptyDefinition = (deps: CollectorDeps, found: Found): void => {
  const { spec } = found.object
  const table = `${textOf(at(spec, 'group'))}/${textOf(at(spec, 'names', 'plural'))}`
  for (const one of findAll(deps, table)) if (!isDeleting(one.object)) remove(deps, one)
  if (deps.storage.list(table).length === 0) dropFinalizer(deps, found, crdFinalizer)
}
