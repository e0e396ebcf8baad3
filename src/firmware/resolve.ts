import { type KnobName, knobWishes, type Wish } from '../../api/metal/firmware-profile.js'
import type { KnobOutcome, KnobResult } from '../../api/metal/host-firmware.js'
import type { Values } from './dependencies.js'
import type { FirmwareKnowledge } from './knowledge.js'
import type { BiosSnapshot, BiosValue } from './model.js'
import { type Candidate, type Candidates, candidatesFor, fits } from './names.js'
import { plain, senseOf, shown, valueFor, type Vocabulary } from './values.js'
import { judge, type Target, type Verdict } from './verdict.js'

/** One knob resolved on one server. */
export interface Resolution {
  readonly row: KnobResult
  /** What to write for it; empty unless `row.outcome` is Change. */
  readonly writes: Readonly<Record<string, BiosValue>>
  /** Who forbids it, when the wish cannot be met. */
  readonly forbiddenBy?: string
}

/** What else is known when a knob is resolved. */
export interface ResolveContext {
  readonly snapshot: BiosSnapshot
  readonly knowledge: FirmwareKnowledge
  /** Wishes for other knobs: one may imply another. */
  readonly wishes: Readonly<Partial<Record<KnobName, Wish>>>
  /** What is to be written for other reasons in the same go. */
  readonly writes: Values
}

/**
 * Resolves a wish to exactly one outcome with its evidence (docs/firmware.md). Evidence counts in this order: exact
 * name for vendor and product, name pattern, display name in the registry; nothing else is guessed. NotExposed means
 * that this server is known not to have the setting, Unknown that nobody can tell.
 */
export const resolveKnob = (knob: KnobName, wish: Wish, context: ResolveContext): Resolution => {
  const { snapshot, knowledge } = context
  const candidates = candidatesFor(knob, snapshot, knowledge)
  const implication = knowledge.knobs[knob].implied.find(
    ({ vendor, product }) => vendor === snapshot.vendor && fits(product, snapshot.product),
  )
  const settable = candidates.found.some(({ listed }) => listed !== undefined || snapshot.registry === undefined)
  if (implication !== undefined && !settable && hasAttributes(snapshot))
    return implication.by === undefined
      ? byPlatform(knob, wish, implication)
      : byOtherKnob(knob, wish, implication.by, implication.why, context)
  if (candidates.found.length === 0) return nothingFound(knob, snapshot, candidates)
  const offering = candidates.found.filter(candidate => mayOffer(candidate, knob, wish, context))
  if (offering.length === 0 && knowledge.knobs[knob].onlyWhereOffered)
    return notExposed(knob, `${candidates.evidence}; ${offersOf(candidates.found)}`)
  const chosen = knowledge.knobs[knob].onlyWhereOffered ? offering : candidates.found
  const verdicts = chosen.map(candidate => judgeCandidate(candidate, knob, wish, context))
  return combined(knob, verdicts, candidates.evidence)
}

/** False when the registry lists the values of an attribute and none of them is the wish. */
const mayOffer = (candidate: Candidate, knob: KnobName, wish: Wish, { knowledge }: ResolveContext): boolean => {
  const { name, listed } = candidate
  const values = listed?.values ?? []
  const vocabulary: Vocabulary = { words: wordsFor(candidate, knob, knowledge), attribute: name, listed }
  return values.length === 0 || values.some(({ valueName }) => senseOf(valueName, vocabulary) === wish)
}

const offersOf = (candidates: readonly Candidate[]): string =>
  candidates
    .map(({ name, listed }) => `${name} offers only ${(listed?.values ?? []).map(row => row.valueName).join(', ')}`)
    .join('; ')

const judgeCandidate = (candidate: Candidate, knob: KnobName, wish: Wish, context: ResolveContext): Verdict => {
  const { snapshot, knowledge, writes } = context
  const { name, listed, doubt, hides } = candidate
  const current = plain(snapshot.attributes[name])
  if (doubt !== undefined && current !== undefined)
    return {
      outcome: 'Unknown',
      attribute: name,
      from: shown(current),
      evidence: `${name} is ${current}, but ${doubt}`,
    }
  if (current !== undefined && hides.includes(String(current)))
    return {
      outcome: 'Unknown',
      attribute: name,
      from: shown(current),
      evidence: `${name} reads ${current} whatever was written to it, so that nothing could be proven`,
    }
  const vocabulary: Vocabulary = { words: wordsFor(candidate, knob, knowledge), attribute: name, listed }
  const isMet = (value: unknown) => {
    const known = plain(value)
    return known !== undefined && senseOf(known, vocabulary) === wish
  }
  return judge({ name, isMet, value: targetValue(candidate, wish, current, vocabulary, snapshot) }, snapshot, writes)
}

/** The common words of switches and those of the attribute, or else of the knob. */
const wordsFor = ({ words }: Candidate, knob: KnobName, knowledge: FirmwareKnowledge): Vocabulary['words'] => {
  const own = words ?? knowledge.knobs[knob].words
  return Object.fromEntries(
    knobWishes[knob].map(wish => [wish, [...(knowledge.words[wish] ?? []), ...(own[wish] ?? [])]]),
  )
}

const targetValue = (
  { name, needsRegistry, listed }: Candidate,
  wish: Wish,
  current: BiosValue | undefined,
  vocabulary: Vocabulary,
  { registry, attributes }: BiosSnapshot,
): Target['value'] => {
  if (current === undefined) return { unknown: 'it has no plain value' }
  if (needsRegistry && (listed?.values.length ?? 0) === 0)
    return { unknown: 'only a registry could tell which words this model takes' }
  const found = valueFor(wish, current, vocabulary, registry, attributes)
  if (!('offered' in found)) return found
  const offers = `registry ${registry?.id ?? ''} offers only ${found.offered.join(', ')} for ${name}`
  return { forbidden: offers, by: offers }
}

const severity: readonly KnobOutcome[] = ['ReadOnly', 'Change', 'Unknown', 'Implied', 'AlreadySet', 'NotExposed']

/** One row for all attributes of a knob: the one that decides first, the others beside it. */
const combined = (knob: string, verdicts: readonly Verdict[], evidence: string): Resolution => {
  const [first, ...others] = [...verdicts].sort((a, b) => severity.indexOf(a.outcome) - severity.indexOf(b.outcome))
  if (first === undefined) return { row: { knob, outcome: 'Unknown', evidence: clipped(evidence) }, writes: {} }
  // Without a `from` nothing is held against the attribute later: what is not understood cannot be read back.
  const also = others.map(({ outcome, attribute, from, to }) => ({
    attribute,
    ...(outcome === 'Unknown' ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  }))
  const row: KnobResult = {
    knob,
    outcome: first.outcome,
    attribute: first.attribute,
    from: first.from,
    ...(first.to === undefined ? {} : { to: first.to }),
    ...(also.length === 0 ? {} : { also }),
    evidence: clipped([evidence, first.evidence, ...others.map(other => other.evidence)].join('; ')),
  }
  const writes = first.outcome === 'Change' ? verdicts : []
  return {
    row,
    writes: Object.fromEntries(
      writes.flatMap(({ attribute, write }) => (write === undefined ? [] : [[attribute, write] as const])),
    ),
    ...(first.by === undefined ? {} : { forbiddenBy: first.by }),
  }
}

const nothingFound = (knob: KnobName, snapshot: BiosSnapshot, candidates: Candidates): Resolution => {
  const { unserved, evidence, vendorKnown } = candidates
  const [inactive] = unserved
  if (inactive !== undefined)
    return notExposed(knob, `${inactive} is in registry ${snapshot.registry?.id ?? ''} but the BMC does not serve it`)
  if (snapshot.registry !== undefined || vendorKnown || !hasAttributes(snapshot)) return notExposed(knob, evidence)
  return { row: { knob, outcome: 'Unknown', evidence: clipped(evidence) }, writes: {} }
}

const notExposed = (knob: string, evidence: string): Resolution => ({
  row: { knob, outcome: 'NotExposed', evidence: clipped(evidence) },
  writes: {},
})

const byPlatform = (knob: KnobName, wish: Wish, { keeps, why }: { keeps: Wish; why: string }): Resolution =>
  wish === keeps
    ? { row: { knob, outcome: 'Implied', evidence: clipped(why) }, writes: {} }
    : { row: { knob, outcome: 'ReadOnly', evidence: clipped(why) }, writes: {}, forbiddenBy: why }

/** A knob without an attribute of its own follows another: it is that one's attribute that would be changed. */
const byOtherKnob = (knob: KnobName, wish: Wish, by: KnobName, why: string, context: ResolveContext): Resolution => {
  const other = resolveKnob(by, wish, context)
  const { attribute, from, to, outcome } = other.row
  const row = {
    knob,
    ...(attribute === undefined ? {} : { attribute }),
    ...(from === undefined ? {} : { from }),
  }
  const evidence = clipped(`${why}; ${other.row.evidence}`)
  const otherWish = context.wishes[by]
  const contrary = otherWish !== undefined && otherWish !== wish
  // Without a wish for the other knob, "off" here must not quietly switch the other one off.
  const collateral = otherWish === undefined && wish === 'Disabled' && outcome === 'Change'
  if (contrary || collateral) {
    const forbiddenBy = `${attribute ?? by}${from === undefined ? '' : `=${from}`}, on which it depends`
    return { row: { ...row, outcome: 'ReadOnly', evidence }, writes: {}, forbiddenBy }
  }
  switch (outcome) {
    case 'AlreadySet':
    case 'Implied':
      return { row: { ...row, outcome: 'Implied', evidence }, writes: {} }
    case 'Change':
      return otherWish === undefined
        ? { ...other, row: { ...other.row, knob, evidence } }
        : { row: { ...row, ...(to === undefined ? {} : { to }), outcome: 'Implied', evidence }, writes: {} }
    case 'ReadOnly':
    case 'NotExposed':
    case 'Unknown':
      return { ...other, row: { ...other.row, knob, evidence } }
  }
}

const hasAttributes = ({ attributes }: BiosSnapshot): boolean => Object.keys(attributes).length > 0

/** Evidence has a limit in the API; what is cut is the tail of a list. */
export const clipped = (text: string): string => (text.length <= 1024 ? text : `${text.slice(0, 1021)}...`)
