import { z } from 'zod'
import { type KnobName, knobNames, wishes } from '../../api/metal/firmware-profile.js'

const pattern = (flags: string) =>
  z.string().transform((source, context) => {
    try {
      return new RegExp(source, flags)
    } catch {
      context.addIssue({ code: 'custom', message: 'not a regular expression' })
      return z.NEVER
    }
  })

/** For each wish the words that mean it, in order of preference. */
const wordsSchema = z.partialRecord(z.enum(wishes), z.array(z.string()))

const knobNameSchema = z.enum(knobNames as readonly [KnobName, ...KnobName[]])

const tableSchema = z.strictObject({
  /** As in BiosSnapshot.vendor. */
  vendor: z.string(),
  /** On BiosSnapshot.product; without it every product of the vendor, also an unrecognised one. */
  product: pattern('i').optional(),
  /** Exact names without their suffix. Empty: the vendor is known to have no such attribute. */
  names: z.array(z.string()),
  /** Words that only these attributes use; with them even a name of `neverInfer` has a known sense. */
  words: wordsSchema.optional(),
  /** Without a registry nobody knows which words the service takes. */
  needsRegistry: z.boolean().default(false),
  /** Values that such an attribute reads back as, whatever was written: then nothing could ever be proven. */
  hides: z.array(z.string()).default([]),
})

const impliedSchema = z.strictObject({
  vendor: z.string(),
  product: pattern('i').optional(),
  /** The knob whose attribute decides; absent when the platform itself keeps the feature at `keeps`. */
  by: knobNameSchema.optional(),
  keeps: z.enum(wishes).default('Enabled'),
  why: z.string(),
})

const knobSchema = z.strictObject({
  words: wordsSchema.default({}),
  /** The name that the Redfish driver gives to a setting with a resource of its own; it goes before all attributes. */
  resource: z.string().optional(),
  tables: z.array(tableSchema),
  namePatterns: z.array(pattern('')),
  displayNames: z.array(pattern('')),
  /** Attributes, by name or label, that stand for the knob in words of their own. */
  variants: z.array(z.strictObject({ attribute: pattern(''), words: wordsSchema })).default([]),
  implied: z.array(impliedSchema).default([]),
  /** An attribute that does not offer the wish is passed over instead of standing in the way. */
  onlyWhereOffered: z.boolean().default(false),
})

/** firmware-profiles/knobs.yaml. */
export const firmwareKnowledgeSchema = z.strictObject({
  nameSuffix: pattern(''),
  words: wordsSchema,
  neverInfer: z.array(z.strictObject({ pattern: pattern(''), because: z.string() })),
  knobs: z.record(knobNameSchema, knobSchema),
})

/** What is known about BIOS settings of all vendors; loaded by data.ts and passed to everything that decides. */
export type FirmwareKnowledge = z.output<typeof firmwareKnowledgeSchema>
export type Words = z.output<typeof wordsSchema>
