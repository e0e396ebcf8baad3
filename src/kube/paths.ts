import { KatametalError } from '../base/errors.js'
import type { ResourceType } from './types.js'

/** Where a request goes, and how messages call what it is about. */
export interface ResourcePath {
  readonly path: string
  readonly about: string
}

/** The paths of a resource (Kubernetes API conventions, "Resource URIs"). */
export interface ResourcePaths {
  /** Of all namespaces when none is given. */
  list(namespace: string | undefined): ResourcePath
  /** Where objects are created: needs a namespace when the resource is namespaced. */
  collection(namespace: string | undefined): ResourcePath
  object(namespace: string | undefined, name: string): ResourcePath
  status(namespace: string | undefined, name: string): ResourcePath
}

export const resourcePaths = (type: ResourceType): ResourcePaths => {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`

  const base = (namespace: string | undefined): string =>
    type.namespaced && namespace !== undefined
      ? `${root}/namespaces/${encodeURIComponent(namespace)}/${type.plural}`
      : `${root}/${type.plural}`

  const about = (namespace: string | undefined, name: string): string =>
    type.namespaced && namespace !== undefined ? `${type.kind} ${namespace}/${name}` : `${type.kind} ${name}`

  const owned = (namespace: string | undefined): string => {
    if (type.namespaced && namespace === undefined)
      throw new KatametalError('Internal', { about: type.kind, seen: 'a call without a namespace' })
    return base(namespace)
  }

  const object = (namespace: string | undefined, name: string): ResourcePath => {
    if (name === '') throw new KatametalError('Internal', { about: type.kind, seen: 'a call without a name' })
    return { path: `${owned(namespace)}/${encodeURIComponent(name)}`, about: about(namespace, name) }
  }

  return {
    list: namespace => ({
      path: base(namespace),
      about: namespace === undefined ? type.plural : `${type.plural} in ${namespace}`,
    }),
    collection: namespace => ({ path: owned(namespace), about: `new ${type.kind}` }),
    object,
    status: (namespace, name) => {
      const { path, about } = object(namespace, name)
      return { path: `${path}/status`, about }
    },
  }
}
