import type { Clock } from '../../../base/clock.js'
import type { Json, JsonObject } from '../json.js'
import type { ApiObject } from '../object.js'
import type { ApiResource, Column } from '../resource.js'
import { shortDuration } from './duration.js'
import { compileJsonPath } from './json-path.js'

/** meta.k8s.io/v1 Table: what `kubectl get` prints. Cells are computed here; kubectl only aligns them. */
export const tableOf = (
  clock: Clock,
  resource: ApiResource,
  objects: readonly ApiObject[],
  query: URLSearchParams,
  metadata: JsonObject,
): JsonObject => {
  const cells = resource.columns.map(column => cellOf(clock, column))
  const include = query.get('includeObject') ?? 'Metadata'
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: [nameColumn, ...resource.columns.map(definition)],
    rows: objects.map(object => ({
      cells: [object.metadata.name, ...cells.map(cell => cell(object))],
      ...(include === 'None' ? {} : { object: include === 'Object' ? object : partialMetadata(object) }),
    })),
  }
}

const nameColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  priority: 0,
}

const definition = (column: Column): JsonObject => ({
  name: column.name,
  type: column.type,
  format: '',
  description: column.description ?? '',
  priority: column.priority ?? 0,
})

const partialMetadata = ({ metadata }: ApiObject): JsonObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
})

const cellOf = (clock: Clock, column: Column): ((object: ApiObject) => Json) => {
  const read = column.value === undefined ? compileJsonPath(column.jsonPath) : undefined
  return object => {
    const found = read?.(object) ?? [column.value?.(object) ?? null]
    return cellText(
      clock,
      column.type,
      found.filter(item => item !== null),
    )
  }
}

const cellText = (clock: Clock, type: string, found: readonly Json[]): Json => {
  const first = found[0]
  if (first === undefined) return null
  if (type === 'date') return typeof first === 'string' ? shortDuration(clock.now() - Date.parse(first)) : '<invalid>'
  if (type === 'string') return found.map(item => (typeof item === 'string' ? item : JSON.stringify(item))).join(',')
  return first
}
