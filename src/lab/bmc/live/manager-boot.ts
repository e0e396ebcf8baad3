import type { BmcContext } from '../context.js'
import { type JsonObject, objectAt } from '../json.js'
import { resourcesOfType } from '../parts.js'

/** The resource of manager attributes that choose the boot device, where the behaviour has them. */
const attributesOf = ({ tree, behaviour }: BmcContext): string | undefined => {
  const names = Object.keys(behaviour.cdByManager ?? {})
  if (names.length === 0) return undefined
  return resourcesOfType(tree, 'DellAttributes').find(path =>
    names.every(name => name in objectAt(tree.body(path), 'Attributes')),
  )
}

/** Whether the manager wants the virtual CD booted now; after one boot it does not any more. */
export const takeManagerBoot = (context: BmcContext): boolean => {
  const path = attributesOf(context)
  const { cdByManager = {} } = context.behaviour
  if (path === undefined) return false
  const attributes = objectAt(context.tree.body(path), 'Attributes')
  if (!Object.entries(cdByManager).every(([name, value]) => attributes[name] === value)) return false
  writeManagerAttributes(context, path, { 'ServerBoot.1.FirstBootDevice': 'Normal' })
  return true
}

/** Attributes of a manager take effect at once, each by itself. */
export const writeManagerAttributes = ({ tree, journal }: BmcContext, path: string, wanted: JsonObject): void => {
  tree.update(path, body => ({ ...body, Attributes: { ...objectAt(body, 'Attributes'), ...wanted } }))
  journal.note(`manager attributes ${Object.keys(wanted).join(' ')}`)
}
