import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beginsAlike, matchRegistry, type RegistryFile } from './bios-registry-match.js'

const file = (id: string, registry?: string): RegistryFile => ({ path: `/redfish/v1/Registries/${id}`, id, registry })

describe('the ladder to the BIOS attribute registry', () => {
  it.each([
    ['an exact Id', 'BiosAttributeRegistryU46.v1_2_34', file('BiosAttributeRegistryU46.v1_2_34'), /exact Id/],
    [
      'an exact Registry property',
      'BiosAttributeRegistry.1.0.0',
      file('Bios', 'BiosAttributeRegistry.1.0.0'),
      /exact Registry/,
    ],
    [
      'a Registry that is spelled with dots instead of underscores',
      'BiosAttributeRegistry.v1_0_0',
      file('BiosAttributeRegistry', 'BiosAttributeRegistry.1.0.0'),
      /but for spelling/,
    ],
    ['an Id in another case', 'BIOSATTRIBUTEREGISTRY.V1_0_0', file('BiosAttributeRegistry.v1_0_0'), /but for spelling/],
    [
      'another version of the same name',
      'BiosAttributeRegistry.v1_0_3',
      file('BiosAttributeRegistry.v1_0_0'),
      /begins like/,
    ],
    [
      'the platform number of a reference BIOS',
      'BiosAttributeRegistry113.1.1.3',
      file('BiosAttributeRegistry113.en-US.1.1.3'),
      /begins like/,
    ],
  ])('finds %s', (_what, wanted, expected, evidence) => {
    const matches = matchRegistry(wanted, [file('Base.1.8.1', 'Base.1.8'), file('TaskEvent.1.0.0'), expected])
    expect(matches).toEqual([{ file: expected, evidence: expect.stringMatching(evidence) }])
  })

  it('prefers a stronger rung whatever the order of the files', () => {
    const exact = file('BiosAttributeRegistry.v1_0_3')
    const files = [file('BiosAttributeRegistry.v1_0_0'), file('Other', 'BiosAttributeRegistry.v1_0_3'), exact]
    fc.assert(
      fc.property(fc.shuffledSubarray(files, { minLength: 3 }), shuffled => {
        expect(matchRegistry('BiosAttributeRegistry.v1_0_3', shuffled).map(match => match.file)).toEqual([exact])
      }),
    )
  })

  it('yields all that begin alike, as their names do not tell which belongs to this board', () => {
    const files = [file('BiosAttributeRegistryU46.v1_0_0'), file('BiosAttributeRegistryU47.v1_0_0')]
    expect(matchRegistry('BiosAttributeRegistryU58.v1_0_0', files).map(match => match.file)).toEqual(files)
  })

  it('takes none when nothing is alike, nor for a name without letters', () => {
    expect(matchRegistry('BiosAttributeRegistry', [file('Base.1.0.0'), file('TaskEvent.1.0.0')])).toEqual([])
    expect(beginsAlike('1.0.0', 'anything')).toBe(false)
  })
})
