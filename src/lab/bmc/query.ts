import { type Json, type JsonObject, isObject, linkAt, objectAt } from './json.js'
import { type Reply, refuse } from './reply.js'
import type { ResourceTree } from './resource-tree.js'

/**
 * Applies `$expand` and `only` to a body as far as the service root advertises them (DSP0266 section 7.3); other
 * `$` options are answered with 501, unknown words are ignored.
 */
export const applyQuery = (tree: ResourceTree, body: JsonObject, query: URLSearchParams): Reply => {
  const features = objectAt(tree.body('/redfish/v1'), 'ProtocolFeaturesSupported')
  let result = body
  for (const [name, value] of query) {
    if (name === '$expand') {
      const expanded = expand(tree, result, value, objectAt(features, 'ExpandQuery'))
      if (expanded === undefined)
        return refuse(400, 'QueryNotSupported', `$expand=${value} is not supported on this resource.`)
      result = expanded
    } else if (name === 'only' && features['OnlyMemberQuery'] === true) {
      if (value !== '') return refuse(400, 'QueryParameterValueFormatError', 'only takes no value.')
      const members = result['Members']
      if (!Array.isArray(members)) return refuse(400, 'QueryNotSupportedOnResource', 'only is for collections.')
      const [single, second] = members
      const path = isObject(single) && second === undefined ? linkAt({ single }, 'single') : undefined
      result = (path === undefined ? undefined : tree.body(path)) ?? result
    } else if (name.startsWith('$')) {
      return refuse(501, 'QueryNotSupported', `${name} is not supported.`)
    }
  }
  return { status: 200, body: result }
}

const expand = (tree: ResourceTree, body: JsonObject, value: string, offered: JsonObject): JsonObject | undefined => {
  const match = /^([.*~])(?:\(\$levels=(\d+)\))?$/.exec(value)
  if (match === null) return undefined
  const [, what = '.', levels = '1'] = match
  const feature = { '.': 'NoLinks', '*': 'ExpandAll', '~': 'Links' }[what] ?? 'NoLinks'
  const most = typeof offered['MaxLevels'] === 'number' ? offered['MaxLevels'] : 1
  if (offered[feature] !== true || Number(levels) > most || Number(levels) < 1) return undefined
  return expandObject(tree, body, Number(levels), what)
}

const expandObject = (tree: ResourceTree, body: JsonObject, levels: number, what: string): JsonObject =>
  Object.fromEntries(
    Object.entries(body).map(([key, value]) => {
      const inLinks = key === 'Links'
      if ((inLinks && what === '.') || (!inLinks && what === '~' && key !== 'Members')) return [key, value]
      return [key, expandValue(tree, value, levels, inLinks ? '*' : what)]
    }),
  )

const expandValue = (tree: ResourceTree, value: Json, levels: number, what: string): Json => {
  if (Array.isArray(value)) return value.map(item => expandValue(tree, item, levels, what))
  if (!isObject(value)) return value
  const target = Object.keys(value).length === 1 ? value['@odata.id'] : undefined
  if (typeof target !== 'string') return expandObject(tree, value, levels, what)
  const body = tree.body(target)
  if (body === undefined) return value
  return levels > 1 ? expandObject(tree, body, levels - 1, what) : body
}
