import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changedFields } from './status-patch.js'

const merge = (target: unknown, patch: unknown): unknown => {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name]
    else result[name] = merge(result[name], value)
  }
  return result
}

const names = fc.constantFrom('a', 'b', 'c')
const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.integer(), { maxLength: 3 }))
const status = fc
  .dictionary(names, fc.oneof(leaf, fc.dictionary(names, fc.oneof(leaf, fc.dictionary(names, leaf)))))
  .map(value => JSON.parse(JSON.stringify(value)) as Record<string, unknown>)

describe('the patch of a status', () => {
  it('turns the named fields into what is wanted when it is merged', () => {
    fc.assert(
      fc.property(status, status, (before, wanted) => {
        const patch = changedFields(before, wanted)
        const after = patch === undefined ? before : (merge(before, patch) as Record<string, unknown>)
        for (const [name, value] of Object.entries(wanted)) expect(after[name]).toEqual(value)
        for (const name of Object.keys(before)) if (!(name in wanted)) expect(after[name]).toEqual(before[name])
      }),
    )
  })

  it('is nothing at all when nothing changes', () => {
    fc.assert(
      fc.property(status, same => {
        expect(changedFields(same, structuredClone(same))).toBeUndefined()
      }),
    )
  })

  it('removes a field that is undefined in what is wanted, and keys that are gone inside an object', () => {
    expect(
      changedFields({ step: 'x', bmc: { vendor: 'a', product: 'b' } }, { step: undefined, bmc: { vendor: 'a' } }),
    ).toEqual({
      step: null,
      bmc: { product: null, vendor: 'a' },
    })
  })
})
