import type { JsonPatchOperation } from '../types.js'
import type { Stored } from './storage.js'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** RFC 7386. */
export const applyMergePatch = (target: unknown, patch: unknown): unknown => {
  if (!isRecord(patch)) return patch
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch))
    if (value === null) delete result[name]
    else result[name] = applyMergePatch(result[name], value)
  return result
}

/** RFC 6902 for the operations that the client can send; undefined when one does not apply. */
export const applyJsonPatch = (target: Stored, patch: unknown): Stored | undefined => {
  const result = structuredClone(target)
  for (const operation of patch as JsonPatchOperation[]) if (!applyOne(result, operation)) return undefined
  return result
}

const applyOne = (root: unknown, { op, path, value }: JsonPatchOperation): boolean => {
  const steps = path.slice(1).split('/')
  const last = steps.pop() ?? ''
  let parent: unknown = root
  for (const step of steps) parent = (parent as Record<string, unknown> | undefined)?.[step]
  if (Array.isArray(parent)) return applyToArray(parent, op, last === '-' ? parent.length : Number(last), value)
  if (!isRecord(parent)) return false
  if (op === 'test') return JSON.stringify(parent[last]) === JSON.stringify(value)
  if (op === 'remove') return delete parent[last]
  parent[last] = value
  return true
}

const applyToArray = (list: unknown[], op: JsonPatchOperation['op'], index: number, value: unknown): boolean => {
  if (op === 'add') return list.splice(index, 0, value).length === 0
  if (index >= list.length) return false
  if (op === 'test') return JSON.stringify(list[index]) === JSON.stringify(value)
  if (op === 'remove') return list.splice(index, 1).length === 1
  list[index] = value
  return true
}
