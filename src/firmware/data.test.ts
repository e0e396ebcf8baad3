import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { knobNames, knobWishes } from '../../api/metal/firmware-profile.js'
import { reduced } from './names.js'
import { loadFirmwareKnowledge, loadFirmwareProfile, loadShippedProfiles } from './data.js'

const folder = mkdtempSync(join(tmpdir(), 'katametal-data-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (text: string): string => {
  const path = join(folder, `${Math.random()}.yaml`)
  writeFileSync(path, text)
  return path
}

describe('the shipped knowledge', () => {
  it('has a table of vendors and patterns for every knob', () => {
    const { knobs } = loadFirmwareKnowledge()
    for (const knob of knobNames) {
      expect(knobs[knob].tables.length).toBeGreaterThan(3)
      expect(knobs[knob].namePatterns.length).toBeGreaterThan(0)
      expect(knobs[knob].displayNames.length).toBeGreaterThan(0)
    }
  })

  it('names each attribute of a vendor once per knob, so that no row is out of reach', () => {
    for (const { tables } of Object.values(loadFirmwareKnowledge().knobs)) {
      const places = tables.flatMap(({ vendor, names }) =>
        names.length === 0 ? [vendor] : names.map(name => `${vendor} ${name}`),
      )
      expect(new Set(places).size).toBe(places.length)
    }
  })

  it('finds each name of a table by the patterns of its own knob and of no other, so that the vendor need not be known', () => {
    const { knobs, nameSuffix } = loadFirmwareKnowledge()
    for (const knob of knobNames)
      for (const name of knobs[knob].tables.flatMap(({ names }) => names)) {
        const bare = reduced(name.replace(nameSuffix, ''))
        const finders = knobNames.filter(other => knobs[other].namePatterns.some(pattern => pattern.test(bare)))
        expect([name, finders]).toEqual([name, [knob]])
      }
  })

  it('never reads one word in two senses', () => {
    const { words, knobs } = loadFirmwareKnowledge()
    for (const knob of knobNames)
      for (const own of [knobs[knob], ...knobs[knob].tables, ...knobs[knob].variants].map(place => place.words ?? {})) {
        const all = knobWishes[knob].flatMap(wish => [
          ...new Set([...(words[wish] ?? []), ...(own[wish] ?? [])].map(reduced)),
        ])
        expect(new Set(all).size).toBe(all.length)
      }
  })

  it('gives words only to wishes that the knob takes', () => {
    const { knobs } = loadFirmwareKnowledge()
    for (const knob of knobNames)
      for (const own of [knobs[knob], ...knobs[knob].tables, ...knobs[knob].variants])
        for (const wish of Object.keys(own.words ?? {})) expect(knobWishes[knob]).toContain(wish)
  })

  it('is refused with the place when it is wrong', () => {
    expect(() => loadFirmwareKnowledge(file('nameSuffix: "("'))).toThrow(
      expect.objectContaining({
        code: 'FileInvalid',
        seen: expect.stringContaining('nameSuffix: not a regular expression'),
      }),
    )
  })
})

describe('the shipped profiles', () => {
  it('are kata and kata-sriov, and wish what Kata needs', () => {
    const profiles = loadShippedProfiles()
    expect([...profiles.keys()].sort()).toEqual(['kata', 'kata-sriov'])
    expect(profiles.get('kata')).toEqual({
      intents: { virtualization: 'Enabled', iommu: 'Enabled' },
      overrides: [],
      whenInService: 'Never',
    })
    expect(profiles.get('kata-sriov')?.intents).toEqual({
      virtualization: 'Enabled',
      iommu: 'Enabled',
      sriov: 'Enabled',
    })
  })
})

describe('a profile from a file', () => {
  const head = 'apiVersion: metal.akraino.org/v1alpha1\nkind: FirmwareProfile\nmetadata: { name: mine }\n'

  it('is read with its name', () => {
    expect(loadFirmwareProfile(file(`${head}spec: { intents: { sriov: Disabled } }`))).toMatchObject({
      name: 'mine',
      spec: { intents: { sriov: 'Disabled' }, overrides: [] },
    })
  })

  it('with a wrong wish is refused, and the field is named', () => {
    expect(() => loadFirmwareProfile(file(`${head}spec: { intents: { sriov: 'Yes' } }`))).toThrow(
      expect.objectContaining({ code: 'FirmwareProfileInvalid', seen: expect.stringContaining('spec.intents.sriov') }),
    )
  })

  it('of another kind is refused', () => {
    expect(() => loadFirmwareProfile(file('kind: ConfigMap'))).toThrow(
      expect.objectContaining({ code: 'FirmwareProfileInvalid' }),
    )
  })

  it('that is no YAML or is not there is refused as a file', () => {
    expect(() => loadFirmwareProfile(file('a: ['))).toThrow(expect.objectContaining({ code: 'FileInvalid' }))
    expect(() => loadFirmwareProfile(join(folder, 'missing.yaml'))).toThrow(
      expect.objectContaining({ code: 'FileInvalid', seen: expect.stringContaining('ENOENT') }),
    )
  })
})
