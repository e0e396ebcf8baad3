import { badRequest } from '../status-error.js'
import type { WriteOptions } from '../write/options.js'

/** Reads dryRun, fieldManager and fieldValidation. Without a fieldManager the name of the client program stands in. */
export const writeOptions = (query: URLSearchParams, userAgent: string | undefined): WriteOptions => {
  const manager = query.get('fieldManager') ?? userAgent?.split('/')[0] ?? ''
  if (manager.length > 128) throw badRequest('fieldManager: Too long: may not be more than 128 bytes')
  const dryRun = query.getAll('dryRun')
  if (dryRun.some(value => value !== 'All')) throw badRequest('dryRun: Unsupported value: supported values: "All"')
  const validation = query.get('fieldValidation') ?? 'Warn'
  if (validation !== 'Ignore' && validation !== 'Warn' && validation !== 'Strict')
    throw badRequest('fieldValidation: Unsupported value: supported values: "Ignore", "Strict", "Warn"')
  return {
    manager: manager === '' ? 'unknown' : manager,
    dryRun: dryRun.length > 0,
    fieldValidation: validation,
    warnings: [],
  }
}
