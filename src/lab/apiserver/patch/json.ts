import { equal, isList, isObject, type Json } from '../json.js'
import { badRequest, StatusError } from '../status-error.js'

/** Applies RFC 6902. A malformed patch is 400; one that does not fit the object, or whose `test` fails, is 422. */
export const jsonPatch = (document: Json, patch: Json): Json => {
  if (!isList(patch)) throw badRequest('a JSON patch is a list of operations')
  if (patch.length > 10_000) throw badRequest('a JSON patch has at most 10000 operations')
  return patch.reduce<Json>(applyOperation, document)
}

const applyOperation = (document: Json, operation: Json): Json => {
  if (!isObject(operation)) throw badRequest('an operation of a JSON patch is an object')
  const path = pointer(operation['path'])
  const valueOf = (): Json => {
    if (operation['value'] === undefined) throw badRequest('the operation of the JSON patch lacks its value')
    return operation['value']
  }
  switch (operation['op']) {
    case 'add':
      return add(document, path, valueOf())
    case 'remove':
      return remove(document, path)
    case 'replace':
      return replace(document, path, valueOf())
    case 'test':
      return test(document, path, operation['value'] ?? null)
    case 'copy':
      return add(document, path, read(document, pointer(operation['from'])))
    case 'move': {
      const from = pointer(operation['from'])
      return add(remove(document, from), path, read(document, from))
    }
    default:
      throw badRequest(`unknown operation of a JSON patch: ${JSON.stringify(operation['op'])}`)
  }
}

const pointer = (path: Json | undefined): readonly string[] => {
  if (typeof path !== 'string' || (path !== '' && !path.startsWith('/')))
    throw badRequest('a path of a JSON patch is empty or begins with /')
  return path
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const refused = (path: readonly string[], why: string): StatusError =>
  new StatusError(
    422,
    'Invalid',
    `the server rejected our request due to an error in our request: /${path.join('/')}: ${why}`,
    { causes: [{ reason: 'UnexpectedServerResponse', message: why }] },
  )

const read = (document: Json, path: readonly string[]): Json => {
  let here: Json | undefined = document
  for (const step of path) here = child(here, step)
  if (here === undefined) throw refused(path, 'there is no such value')
  return here
}

const child = (value: Json | undefined, step: string): Json | undefined => {
  if (isList(value)) return /^(0|[1-9]\d*)$/.test(step) ? value[Number(step)] : undefined
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
}

/** Rebuilds the containers along the path around what `change` returns for the last one. */
const edit = (
  document: Json,
  path: readonly string[],
  change: (container: Json, step: string) => Json,
  depth = 0,
): Json => {
  const step = path[depth]
  if (step === undefined) throw refused(path, 'the whole object cannot be changed this way')
  if (depth === path.length - 1) return change(document, step)
  const next = child(document, step)
  if (next === undefined) throw refused(path, 'a parent of the path does not exist')
  const changed = edit(next, path, change, depth + 1)
  return isList(document) ? document.with(Number(step), changed) : withProperty(document, step, changed)
}

const withProperty = (container: Json, key: string, value: Json): Json => {
  const copy = { ...(isObject(container) ? container : {}) }
  return Object.defineProperty(copy, key, { value, writable: true, enumerable: true, configurable: true })
}

const add = (document: Json, path: readonly string[], value: Json): Json =>
  path.length === 0
    ? value
    : edit(document, path, (container, step) => {
        if (isObject(container)) return withProperty(container, step, value)
        if (!isList(container)) throw refused(path, 'the parent is neither an object nor a list')
        const index = step === '-' ? container.length : indexOf(step, container.length + 1)
        if (index === undefined) throw refused(path, 'the index is outside of the list')
        return container.toSpliced(index, 0, value)
      })

const indexOf = (step: string, length: number): number | undefined =>
  /^(0|[1-9]\d*)$/.test(step) && Number(step) < length ? Number(step) : undefined

const remove = (document: Json, path: readonly string[]): Json =>
  edit(document, path, (container, step) => {
    if (child(container, step) === undefined) throw refused(path, 'there is no such value to remove')
    if (isList(container)) return container.toSpliced(Number(step), 1)
    const { [step]: _removed, ...rest } = isObject(container) ? container : {}
    return rest
  })

const replace = (document: Json, path: readonly string[], value: Json): Json =>
  path.length === 0
    ? value
    : edit(document, path, (container, step) => {
        if (child(container, step) === undefined) throw refused(path, 'there is no such value to replace')
        return isList(container) ? container.with(Number(step), value) : withProperty(container, step, value)
      })

const test = (document: Json, path: readonly string[], value: Json): Json => {
  let here: Json | undefined = document
  for (const step of path) here = child(here, step)
  if (!equal(here ?? null, value)) throw refused(path, `testing value /${path.join('/')} failed: test failed`)
  return document
}
