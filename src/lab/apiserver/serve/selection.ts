import type { ApiObject } from '../object.js'
import type { ApiResource } from '../resource.js'
import { parseFieldSelector, parseLabelSelector } from '../selectors.js'
import type { RequestInfo } from './request-info.js'

/** Whether a stored object belongs to what a list or watch asks for. */
export type Selects = (object: ApiObject) => boolean

/** Namespace, name, label selector and field selector of a request together. */
export const selectionOf = (resource: ApiResource, { target, query }: RequestInfo): Selects => {
  const tests: Selects[] = []
  const namespace = target?.namespace
  if (namespace !== undefined) tests.push(object => object.metadata.namespace === namespace)
  const name = target?.name ?? ''
  if (name !== '') tests.push(object => object.metadata.name === name)
  const labels = query.get('labelSelector') ?? ''
  if (labels !== '') {
    const matches = parseLabelSelector(labels)
    tests.push(object => matches(object.metadata.labels ?? {}))
  }
  const fields = query.get('fieldSelector') ?? ''
  if (fields !== '') {
    const matches = parseFieldSelector(
      fields,
      field => common.includes(field) || resource.fieldNames?.includes(field) === true,
    )
    tests.push(object =>
      matches({
        'metadata.name': object.metadata.name,
        'metadata.namespace': object.metadata.namespace,
        ...resource.fields?.(object),
      }),
    )
  }
  return object => tests.every(test => test(object))
}

const common = ['metadata.name', 'metadata.namespace']
