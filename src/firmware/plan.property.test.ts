import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { intentKnobs, knobNames } from '../../api/metal/firmware-profile.js'
import { knobOutcomes, knobResultSchema } from '../../api/metal/host-firmware.js'
import { applied, attributeRegistry, biosSnapshot, registryAttribute } from '../../test/support/bios-snapshot.js'
import { loadFirmwareKnowledge } from './data.js'
import type { BiosSnapshot, RegistryDependency } from './model.js'
import { planFirmware } from './plan.js'
import { sameValue } from './values.js'
import { leftOf, verifyFirmware } from './verify.js'

const knowledge = loadFirmwareKnowledge()

const tabled = knobNames.flatMap(knob => knowledge.knobs[knob].tables.flatMap(({ names }) => names))
const oddNames = [
  'Q0042',
  'FanMode',
  'ProcessorHyperThreadingDisable',
  'VTdDisable',
  'DisableSRIOV',
  'X2ApicOptOut',
  'SVMLock',
  'Tpm2Operation',
  'CSMSupport',
  'SecureBoot/SecureBootEnable',
]
const names = fc.oneof(
  fc.constantFrom(...tabled),
  fc.constantFrom(...oddNames),
  fc.tuple(fc.constantFrom(...tabled), fc.constantFrom('_3C6F', '#0048')).map(([name, suffix]) => name + suffix),
)
const word = fc.constantFrom(
  'Enabled',
  'Disabled',
  'Enable',
  'Disable',
  'Auto',
  'ForceEnabled',
  'On',
  'Off',
  'Quiet',
  'x2APIC',
  'Uefi',
  'LegacyBios',
  'Virtualization',
  'Custom',
  'NotConfigured',
)
const value = fc.oneof(
  { weight: 6, arbitrary: word },
  { weight: 2, arbitrary: fc.constantFrom(0, 1, 7) },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constantFrom(null, { current_value: 'Enabled' }, ['Enabled']) },
)
const label = fc.constantFrom(
  undefined,
  'Virtualization Technology',
  'Intel VT for Directed I/O (VT-d)',
  'SR-IOV Support',
  'Hyper-Threading',
  'Disable VT-d',
  'Fan Mode',
)
const listed = fc.record({
  values: fc.uniqueArray(
    fc.oneof(
      word,
      fc.tuple(fc.constantFrom('0', '1', '2'), word).map(pair => pair as readonly [string, string]),
    ),
    { maxLength: 4, selector: entry => (typeof entry === 'string' ? entry : entry[0]) },
  ),
  more: fc.record({
    displayName: label,
    readOnly: fc.boolean(),
    grayOut: fc.constantFrom(false, false, false, true),
    hidden: fc.constantFrom(false, false, false, true),
  }),
})

const rule = (attributes: readonly string[]): fc.Arbitrary<RegistryDependency> =>
  fc
    .record({
      from: fc.constantFrom(...attributes),
      to: fc.constantFrom(...attributes),
      operator: fc.constantFrom('EQU', 'NEQ', 'GTR', 'LIKE'),
      when: word,
      effect: fc.constantFrom<readonly [string, unknown]>(
        ['ReadOnly', true],
        ['GrayOut', true],
        ['ReadOnly', false],
        ['CurrentValue', 'Enabled'],
        ['CurrentValue', 'Disabled'] as const,
      ),
    })
    .map(({ from, to, operator, when, effect: [toProperty, toValue] }) => ({
      attribute: to,
      conditions: [{ attribute: from, property: 'CurrentValue', operator, value: when, join: undefined }],
      toAttribute: to,
      toProperty,
      toValue,
    }))

const bios = (withRules: boolean): fc.Arbitrary<BiosSnapshot> =>
  fc
    .record({
      attributes: fc.dictionary(names, value, { minKeys: 1, maxKeys: 8 }),
      pending: fc.dictionary(names, word, { maxKeys: 2 }),
      registry: fc.option(fc.array(listed, { minLength: 8, maxLength: 8 })),
      vendor: fc.constantFrom(
        ['dell', 'iDRAC9'],
        ['hpe', 'iLO 5'],
        ['hpe', 'iLO 7'],
        ['supermicro', 'Supermicro BMC'],
        ['ami', 'MegaRAC'],
        ['intel', undefined],
        ['cisco', 'CIMC'],
        ['huawei', 'iBMC'],
        ['generic', undefined],
      ),
    })
    .chain(parts => {
      const keys = Object.keys(parts.attributes)
      const rules = withRules && parts.registry !== null ? fc.array(rule(keys), { maxLength: 4 }) : fc.constant([])
      return rules.map(dependencies =>
        biosSnapshot({
          vendor: parts.vendor[0] ?? '',
          product: parts.vendor[1],
          attributes: parts.attributes,
          pending: Object.fromEntries(
            Object.entries(parts.pending).filter(
              ([name, wanted]) => typeof parts.attributes[name] === 'string' && parts.attributes[name] !== wanted,
            ),
          ),
          registry:
            parts.registry === null
              ? undefined
              : attributeRegistry(
                  keys.flatMap((name, index) => {
                    const entry = parts.registry?.[index]
                    return entry === undefined ? [] : [registryAttribute(name, entry.values, entry.more)]
                  }),
                  dependencies,
                ),
        }),
      )
    })

const wish = fc.constantFrom(undefined, 'Enabled' as const, 'Disabled' as const)
const profile = fc
  .record({
    virtualization: wish,
    iommu: wish,
    sriov: wish,
    hyperthreading: wish,
    x2apic: wish,
    bootMode: fc.constantFrom(undefined, undefined, 'UEFI' as const, 'Legacy' as const),
    secureBoot: wish,
    tpm: wish,
    txt: wish,
    sgx: wish,
    tdx: wish,
    workloadProfile: fc.constantFrom(undefined, undefined, 'Virtualization' as const, 'Custom' as const),
  })
  .map(intents => ({ intents, overrides: [], whenInService: 'Never' as const }))

const listedIn = (snapshot: BiosSnapshot, name: string) =>
  snapshot.registry?.attributes.find(attribute => attribute.name === name)

const runs = { numRuns: 400 }

describe('whatever a BIOS serves', () => {
  it('each wish ends in exactly one outcome, as the API can store it', () => {
    fc.assert(
      fc.property(profile, bios(true), (wanted, snapshot) => {
        const { rows } = planFirmware(wanted, snapshot, knowledge)
        expect(rows.map(({ knob }) => knob).sort()).toEqual(
          Object.entries(intentKnobs)
            .filter(([intent]) => wanted.intents[intent as keyof typeof intentKnobs] !== undefined)
            .map(([, knob]) => knob)
            .sort(),
        )
        for (const row of rows) {
          expect(knobOutcomes).toContain(row.outcome)
          knobResultSchema.parse(row)
        }
      }),
      runs,
    )
  })

  it('nothing is written that has the value, that is not served, or that is no plain value', () => {
    fc.assert(
      fc.property(profile, bios(true), (wanted, snapshot) => {
        const { changes } = planFirmware(wanted, snapshot, knowledge)
        for (const [name, to] of Object.entries(changes)) {
          expect(typeof snapshot.attributes[name]).toBe(typeof to)
          const willStay = snapshot.pending[name] === undefined && sameValue(snapshot.attributes[name], to)
          // Only when another change of the same plan would move it is a present value written again.
          if (willStay)
            expect(snapshot.registry?.dependencies.some(({ toAttribute }) => toAttribute === name)).toBe(true)
          expect(sameValue(snapshot.pending[name], to)).toBe(false)
        }
      }),
      runs,
    )
  })

  it('a value that the registry lists is written as one of the listed ones', () => {
    fc.assert(
      fc.property(profile, bios(true), (wanted, snapshot) => {
        for (const [name, to] of Object.entries(planFirmware(wanted, snapshot, knowledge).changes)) {
          const values = listedIn(snapshot, name)?.values ?? []
          if (values.length > 0)
            expect(values.flatMap(({ valueName, valueDisplayName }) => [valueName, valueDisplayName])).toContain(
              String(to),
            )
        }
      }),
      runs,
    )
  })

  it('nothing locked in the registry is written', () => {
    fc.assert(
      fc.property(profile, bios(false), (wanted, snapshot) => {
        for (const name of Object.keys(planFirmware(wanted, snapshot, knowledge).changes))
          expect(listedIn(snapshot, name)).not.toMatchObject({ readOnly: true })
      }),
      runs,
    )
  })

  it('an inverted name is written only when a plain label or a vendor table explains it', () => {
    fc.assert(
      fc.property(profile, bios(true), (wanted, snapshot) => {
        for (const name of Object.keys(planFirmware(wanted, snapshot, knowledge).changes)) {
          if (!/disable|optout|lock$/i.test(name) || snapshot.vendor === 'huawei') continue
          expect(listedIn(snapshot, name)?.displayName).toMatch(/^(?!.*disable)/i)
          expect(listedIn(snapshot, name)?.values).not.toEqual([])
        }
      }),
      runs,
    )
  })

  it('a plan that was applied leaves nothing to do and reads back as proven', () => {
    fc.assert(
      fc.property(profile, bios(false), (wanted, foreign) => {
        const snapshot = { ...foreign, pending: {} }
        const plan = planFirmware(wanted, snapshot, knowledge)
        const after = applied(snapshot, plan.changes)
        expect(planFirmware(wanted, after, knowledge)).toMatchObject({ changes: {}, reboots: 0 })
        expect(leftOf(plan, after)).toBe('nothing')
        expect(verifyFirmware(plan, after).every(({ proven }) => proven)).toBe(true)
      }),
      runs,
    )
  })

  it('a plan that was written in part leaves the other part, and the restart', () => {
    fc.assert(
      fc.property(profile, bios(false), fc.nat(3), (wanted, foreign, some) => {
        const snapshot = { ...foreign, pending: {} }
        const plan = planFirmware(wanted, snapshot, knowledge)
        fc.pre(Object.keys(plan.changes).length > 0)
        const entries = Object.entries(plan.changes)
        const written = { ...snapshot, pending: Object.fromEntries(entries.slice(0, some)) }
        expect(planFirmware(wanted, written, knowledge)).toMatchObject({
          changes: Object.fromEntries(entries.slice(some)),
          reboots: 1,
        })
        expect(leftOf(plan, written)).toBe(some < entries.length ? 'write' : 'restart')
      }),
      runs,
    )
  })

  it('the same inputs give the same plan', () => {
    fc.assert(
      fc.property(profile, bios(true), (wanted, snapshot) => {
        expect(planFirmware(wanted, snapshot, knowledge)).toEqual(planFirmware(wanted, snapshot, knowledge))
      }),
      { numRuns: 200 },
    )
  })
})
