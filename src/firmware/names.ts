import { type KnobName, knobNames } from '../../api/metal/firmware-profile.js'
import type { FirmwareKnowledge, Words } from './knowledge.js'
import type { BiosSnapshot, RegistryAttribute } from './model.js'

/** The attributes that stand for a knob on one server, and how that is known. */
export interface Candidates {
  readonly found: readonly Candidate[]
  /** Matching attributes that the registry lists and the service does not serve: settings of inactive menus. */
  readonly unserved: readonly string[]
  /** Why `found` holds what it holds; when it is empty, where was looked. */
  readonly evidence: string
  /** Whether a table says which attribute this vendor has, or that it has none. */
  readonly vendorKnown: boolean
}

export interface Candidate {
  readonly name: string
  readonly listed: RegistryAttribute | undefined
  /** Words that belong to this attribute alone. */
  readonly words: Words | undefined
  readonly needsRegistry: boolean
  /** Values that it reads back as, whatever was written. */
  readonly hides: readonly string[]
  /** Why its sense must not be concluded from its name; undefined when it may. */
  readonly doubt: string | undefined
}

/** Letters and digits only, in lower case. */
export const reduced = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '')

/**
 * Finds the attributes of a knob by the first evidence that yields any: a resource of its own, exact name for vendor
 * and product, name pattern, display name in the registry.
 */
export const candidatesFor = (knob: KnobName, snapshot: BiosSnapshot, knowledge: FirmwareKnowledge): Candidates => {
  const { resource, tables: everyTable, namePatterns, displayNames } = knowledge.knobs[knob]
  const tables = everyTable.filter(
    ({ vendor, product }) => vendor === snapshot.vendor && fits(product, snapshot.product),
  )
  const listed = new Map((snapshot.registry?.attributes ?? []).map(attribute => [attribute.name, attribute]))
  const bare = (name: string) => reduced(name.replace(knowledge.nameSuffix, ''))
  // Where nothing labels an attribute and its name is made of words (Cray), the name is the label.
  const labelOf = (name: string) => listed.get(name)?.displayName ?? (/\s/.test(name) ? name : undefined)
  const label = (name: string) => reduced(labelOf(name) ?? '')
  // A name says more than a label: an attribute that is named for one knob is never taken for another.
  const namesAnother = (name: string) =>
    knobNames.some(other => other !== knob && knowledge.knobs[other].namePatterns.some(pattern => pattern.test(name)))
  const tableOf = (name: string) => tables.find(({ names }) => names.some(exact => reduced(exact) === bare(name)))
  const who = nameOf(snapshot)
  const rungs: { matches: (name: string) => boolean; evidence: (name: string) => string }[] = [
    { matches: name => name === resource, evidence: () => 'the BMC has a resource of its own for it' },
    { matches: name => tableOf(name) !== undefined, evidence: name => `${who} calls it ${name}` },
    {
      matches: name => namePatterns.some(pattern => pattern.test(bare(name))),
      evidence: name => `${name} is a usual name for it`,
    },
    {
      matches: name => displayNames.some(pattern => pattern.test(label(name))) && !namesAnother(bare(name)),
      evidence: name =>
        listed.has(name) ? `the registry labels ${name} "${labelOf(name) ?? ''}"` : `"${name}" is a usual label for it`,
    },
  ]
  const vendorKnown = tables.length > 0
  const variantOf = (name: string) =>
    knowledge.knobs[knob].variants.find(({ attribute }) => attribute.test(bare(name)) || attribute.test(label(name)))
  const candidate = (name: string): Candidate => {
    const table = tableOf(name)
    return {
      name,
      listed: listed.get(name),
      words: table?.words ?? variantOf(name)?.words,
      needsRegistry: table?.needsRegistry === true,
      hides: table?.hides ?? [],
      doubt: table?.words === undefined ? doubtAbout(name, listed.get(name), knob, knowledge) : undefined,
    }
  }
  const served = Object.keys(snapshot.attributes)
  for (const { matches, evidence } of rungs) {
    const names = served.filter(matches)
    const [first] = names
    if (first === undefined) continue
    return {
      found: names.map(candidate),
      unserved: [],
      evidence: names.length === 1 ? evidence(first) : `${evidence(first)}, and it has ${names.length} attributes`,
      vendorKnown,
    }
  }
  const unserved = [...listed.keys()].filter(name => rungs.some(({ matches }) => matches(name)))
  return { found: [], unserved, evidence: whereWasLooked(snapshot), vendorKnown }
}

/** Whether an entry for this product pattern is meant for this product. */
export const fits = (pattern: RegExp | undefined, product: string | undefined): boolean =>
  pattern === undefined || (product !== undefined && pattern.test(product))

const nameOf = ({ vendor, product }: BiosSnapshot): string =>
  product === undefined ? vendor : reduced(product).includes(vendor) ? product : `${vendor} ${product}`

const doubtAbout = (
  name: string,
  listed: RegistryAttribute | undefined,
  knob: KnobName,
  { neverInfer, knobs }: FirmwareKnowledge,
): string | undefined => {
  const doubtOf = (text: string) => neverInfer.find(({ pattern }) => pattern.test(reduced(text)))?.because
  const label = listed?.displayName
  const labelDoubt = label === undefined ? undefined : doubtOf(label)
  if (labelDoubt !== undefined) return `its label "${label ?? ''}" ${labelDoubt}`
  const nameDoubt = doubtOf(name)
  if (nameDoubt === undefined) return undefined
  const plainlyLabelled =
    label !== undefined &&
    listed !== undefined &&
    listed.values.length > 0 &&
    knobs[knob].displayNames.some(pattern => pattern.test(reduced(label)))
  return plainlyLabelled ? undefined : `its name ${nameDoubt} and no registry explains its values`
}

const whereWasLooked = ({ attributes, registry, registryEvidence }: BiosSnapshot): string => {
  const count = Object.keys(attributes).length
  if (count === 0) return `the BMC serves no BIOS attributes (${registryEvidence})`
  const inRegistry = registry === undefined ? `there is no registry (${registryEvidence})` : `nor does ${registry.id}`
  return registry === undefined
    ? `none of the ${count} attributes has a known name for it and ${inRegistry}`
    : `none of the ${count} attributes stands for it, ${inRegistry} label one so`
}
