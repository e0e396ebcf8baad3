import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { type Wish, knobNames } from '../../api/metal/firmware-profile.js'
import { type Clock, systemClock } from '../../src/base/clock.js'
import { errorTable } from '../../src/base/error-table.js'
import { run } from '../../src/cli/program.js'
import { loadFirmwareKnowledge } from '../../src/firmware/data.js'
import type { Fault } from '../../src/lab/bmc/faults.js'
import type { Json, JsonObject } from '../../src/lab/bmc/json.js'
import { findParts, resourcesOfType } from '../../src/lab/bmc/parts.js'
import { buildPersona, type PersonaName, personaNames } from '../../src/lab/bmc/personas/personas.js'
import { type BmcSimulator, startBmcSimulator } from '../../src/lab/bmc/simulator.js'
import { credentials } from '../support/bmc-client.js'
import { fastClock } from '../support/redfish-client.js'
import { testConsole } from '../support/test-console.js'

// `katametal bmc apply --restart` against simulators with BIOSes and faults that nobody has thought of.

const folder = mkdtempSync(join(tmpdir(), 'katametal-apply-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Deadlines pass fast too: whatever fails then fails with a reason, which is all that is asked. */
const hastyClock: Clock = { now: () => systemClock.now(), after: (ms, then) => systemClock.after(ms / 50, then) }

const knowledge = loadFirmwareKnowledge()
const known = knobNames.flatMap(knob => knowledge.knobs[knob].tables.flatMap(({ names }) => names))
const names = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...known) },
  { weight: 1, arbitrary: fc.constantFrom('ProcessorHyperThreadingDisable', 'VTdDisable', 'FanMode', 'SETUP042') },
)
const words = [
  'Enabled',
  'Disabled',
  'Enable',
  'Disable',
  'On',
  'Off',
  'Auto',
  'Uefi',
  'Bios',
  'Custom',
  'Quiet',
] as const
const word = fc.constantFrom(...words)

interface Attribute {
  readonly name: string
  readonly value: Json
  /** Absent: the registry does not know the attribute. */
  readonly row?: { readonly values: readonly string[]; readonly readOnly: boolean; readonly labelled: boolean }
}

const attribute: fc.Arbitrary<Attribute> = fc
  .record({
    name: names,
    value: fc.oneof(
      { weight: 8, arbitrary: word },
      { weight: 1, arbitrary: fc.constantFrom<Json>(0, 1, true, false) },
      { weight: 1, arbitrary: fc.constantFrom<Json>(null, { current_value: 'Enabled' }, ['Enabled']) },
    ),
    row: fc.option(
      fc.record({
        values: fc.uniqueArray(word, { minLength: 1, maxLength: 4 }),
        readOnly: fc.constantFrom(false, false, false, false, false, true),
        labelled: fc.boolean(),
      }),
      { nil: undefined },
    ),
  })
  .map(({ name, value, row }) =>
    row === undefined
      ? { name, value }
      : {
          name,
          value,
          // What is served is usually among what the registry lists.
          row: typeof value === 'string' ? { ...row, values: [...new Set([value, ...row.values])] } : row,
        },
  )

interface Rule {
  readonly from: number
  readonly when: string
  readonly to: number
  readonly property: string
  readonly value: Json
}

const rule: fc.Arbitrary<Rule> = fc
  .record({
    from: fc.nat(9),
    when: word,
    to: fc.nat(9),
    effect: fc.constantFrom<readonly [string, Json]>(
      ['ReadOnly', true],
      ['GrayOut', true],
      ['CurrentValue', 'Enabled'],
      ['CurrentValue', 'Disabled'],
    ),
  })
  .map(({ effect: [property, value], ...more }) => ({ ...more, property, value }))

const bios = fc.record({
  attributes: fc.uniqueArray(attribute, { minLength: 3, maxLength: 10, selector: ({ name }) => name }),
  rules: fc.array(rule, { maxLength: 4 }),
})
type Bios = typeof bios extends fc.Arbitrary<infer T> ? T : never

const wish = fc.constantFrom<Wish | undefined>(undefined, undefined, undefined, 'Enabled', 'Enabled', 'Disabled')
const intents = fc.record({
  virtualization: wish,
  iommu: wish,
  sriov: wish,
  hyperthreading: wish,
  x2apic: wish,
  bootMode: fc.constantFrom<Wish | undefined>(undefined, undefined, 'UEFI', 'Legacy'),
  secureBoot: wish,
  tpm: wish,
  txt: wish,
  workloadProfile: fc.constantFrom<Wish | undefined>(undefined, 'Virtualization', 'Custom'),
})

const busy = { kind: 'error', status: 503, messageId: 'Base.1.8.ServiceTemporarilyUnavailable', text: 'later' } as const
const refusal = { kind: 'error', status: 400, messageId: 'Base.1.8.PropertyValueNotInList', text: 'no' } as const
const fault = fc.constantFrom<Fault>(
  { effect: { kind: 'busy' }, method: 'PATCH', count: 1 },
  { effect: busy, path: /Bios/i, count: 2 },
  { effect: refusal, method: 'PATCH' },
  { effect: { kind: 'ignore-write' }, method: 'PATCH' },
  { effect: { kind: 'drop' }, method: 'PATCH', count: 1 },
  { effect: { kind: 'drop', afterWork: true }, method: 'PATCH', count: 1 },
  { effect: { kind: 'drop', halfway: true }, path: /Bios/i, count: 1 },
  { effect: { kind: 'stale' }, path: /Bios/i },
  { effect: { kind: 'html' }, path: /registr/i },
  { effect: { kind: 'invalid-json' }, path: /Bios\/?(Settings|SD|Pending)/i },
  { effect: { kind: 'invalid-json' }, path: /SecureBoot/i },
)

const registryEntry = ({ name, row }: Attribute): JsonObject[] =>
  row === undefined
    ? []
    : [
        {
          AttributeName: name,
          ...(row.labelled ? { DisplayName: name } : {}),
          Type: 'Enumeration',
          ReadOnly: row.readOnly,
          Value: row.values.map(ValueName => ({ ValueName, ValueDisplayName: ValueName })),
        },
      ]

const registryRule = ({ attributes }: Bios, { from, when, to, property, value }: Rule): JsonObject => ({
  Type: 'Map',
  Dependency: {
    MapFrom: [
      {
        MapFromAttribute: attributes[from % attributes.length]?.name ?? '',
        MapFromProperty: 'CurrentValue',
        MapFromCondition: 'EQU',
        MapFromValue: when,
      },
    ],
    MapToAttribute: attributes[to % attributes.length]?.name ?? '',
    MapToProperty: property,
    MapToValue: value,
  },
})

/** A persona whose BIOS is another one. */
const personaWith = (name: PersonaName, given: Bios) => {
  const { tree, behaviour } = buildPersona(name)
  const parts = findParts(tree)
  const Attributes = Object.fromEntries(given.attributes.map(({ name: key, value }) => [key, value]))
  for (const path of [parts.bios, parts.biosSettings])
    if (path !== undefined)
      tree.update(path, body =>
        'Attributes' in body && (path === parts.bios || behaviour.pendingShape === 'full')
          ? { ...body, Attributes }
          : body,
      )
  for (const path of resourcesOfType(tree, 'AttributeRegistry'))
    tree.update(path, body => ({
      ...body,
      RegistryEntries: {
        Attributes: given.attributes.flatMap(registryEntry),
        Dependencies: given.rules.map(one => registryRule(given, one)),
      },
    }))
  return { tree, behaviour }
}

interface Applied {
  readonly exit: number
  readonly err: string
  readonly data: ReturnType<typeof JSON.parse>
  readonly before: Readonly<Record<string, unknown>>
  readonly after: Readonly<Record<string, unknown>>
  readonly written: readonly string[]
  readonly patches: number
  /** PATCHes answered with 400. */
  readonly refused: number
}

let files = 0
const apply = async (
  persona: PersonaName,
  given: Bios,
  wanted: object,
  clock: Clock,
  faults: readonly Fault[],
): Promise<Applied> => {
  const bmc = await startBmcSimulator({
    persona: personaWith(persona, given),
    credentials,
    clock: systemClock,
    timings: { speed: 200 },
    tls: false,
  })
  try {
    const before = { ...bmc.bios.current }
    for (const one of faults) bmc.faults.add(one)
    const file = join(folder, `${files++}.yaml`)
    const metadata = { name: 'random' }
    writeFileSync(
      file,
      stringify({
        apiVersion: 'metal.akraino.org/v1alpha1',
        kind: 'FirmwareProfile',
        metadata,
        spec: { intents: wanted },
      }),
    )
    const console = testConsole({
      KATAMETAL_BMC_USERNAME: credentials.username,
      KATAMETAL_BMC_PASSWORD: credentials.password,
    })
    const line = ['bmc', 'apply', bmc.address, '--profile', file, '--restart', '--timeout', '30', '-o', 'json']
    const exit = await run(line, console, clock)
    const { out, err } = console.text
    return {
      exit,
      err,
      data: out === '' ? undefined : JSON.parse(out),
      before,
      after: bmc.bios.current,
      ...writesOf(bmc),
    }
  } finally {
    await bmc.stop()
  }
}

const writesOf = (bmc: BmcSimulator) => ({
  written: bmc.journal.happened.flatMap(line =>
    line.startsWith('bios write ')
      ? line
          .split(' ')
          .slice(2)
          .filter(name => name !== '')
      : [],
  ),
  patches: bmc.journal.requests.filter(({ method }) => method === 'PATCH').length,
  refused: bmc.journal.requests.filter(({ method, status }) => method === 'PATCH' && status === 400).length,
})

const codes = new RegExp(`\\b(${Object.keys(errorTable).join('|')})\\b`)

/** What holds whatever happens. */
const checkWrites = (given: Bios, { written, patches, data, exit, err }: Applied) => {
  for (const name of written) {
    const one = given.attributes.find(other => other.name === name)
    expect(one, `${name} is served`).toBeDefined()
    expect(one?.row?.readOnly, `${name} is not read-only`).not.toBe(true)
    expect(['string', 'number', 'boolean']).toContain(typeof one?.value)
  }
  if (data !== undefined && Object.keys(data.changes).length === 0) expect(patches).toBe(0)
  if (exit !== 0) expect(err).toMatch(codes)
}

/** When it says that it is done, it is. */
const checkCompliance = ({ exit, data, after }: Applied) => {
  if (exit !== 0) return
  for (const { knob, outcome, attribute, from, to } of data.knobs) {
    if (attribute === undefined || attribute.includes('/') || !['AlreadySet', 'Change', 'Implied'].includes(outcome))
      continue
    const value: unknown = after[attribute]
    const seen = typeof value === 'object' && value !== null && 'current_value' in value ? value.current_value : value
    expect(`${knob}: ${String(seen)}`).toBe(`${knob}: ${to ?? from}`)
  }
}

describe('applying any profile to any BIOS', () => {
  it('of a sound service ends compliant, or with who stands in the way; nothing locked or unknown is written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...personaNames), bios, intents, async (persona, given, wanted) => {
        const applied = await apply(persona, { ...given, rules: [] }, wanted, fastClock, [])
        checkWrites(given, applied)
        checkCompliance(applied)
        if (applied.exit !== 0) expect(applied.err).toContain('FirmwareKnobImpossible')
        // What is locked, unknown or no value of the attribute would have been refused.
        expect(applied.refused).toBe(0)
      }),
      { numRuns: 25 },
    )
  }, 120_000)

  it('of a BIOS with dependencies ends compliant, or with a reason', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...personaNames), bios, intents, async (persona, given, wanted) => {
        const applied = await apply(persona, given, wanted, hastyClock, [])
        checkWrites(given, applied)
        checkCompliance(applied)
      }),
      { numRuns: 20 },
    )
  }, 120_000)

  it('of a service with faults ends compliant, or with a reason', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...personaNames),
        bios,
        intents,
        fc.uniqueArray(fault, { minLength: 1, maxLength: 2 }),
        async (persona, given, wanted, faults) => {
          const applied = await apply(persona, { ...given, rules: [] }, wanted, hastyClock, faults)
          checkWrites(given, applied)
          checkCompliance(applied)
        },
      ),
      { numRuns: 30 },
    )
  }, 120_000)

  it('writes nothing and restarts nothing when all is as wished', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...personaNames), bios, intents, async (persona, given, wanted) => {
        const plain = { ...given, rules: [] }
        const first = await apply(persona, plain, wanted, fastClock, [])
        fc.pre(first.exit === 0)
        const settled = {
          rules: [],
          attributes: given.attributes.map(one => ({ ...one, value: first.after[one.name] as Json })),
        }
        const { secureBoot: _, ...others } = wanted
        const second = await apply(persona, settled, others, fastClock, [])
        expect(second).toMatchObject({ exit: 0, patches: 0, written: [], data: { changes: {}, restart: 'NotNeeded' } })
      }),
      { numRuns: 10 },
    )
  }, 120_000)
})
