import { z } from 'zod'
import { knobNames } from '../../api/metal/firmware-profile.js'

const pattern = (flags: string) =>
  z.string().transform((source, context) => {
    try {
      return new RegExp(source, flags)
    } catch {
      context.addIssue({ code: 'custom', message: 'not a regular expression' })
      return z.NEVER
    }
  })

const wordsSchema = z.strictObject({ on: z.array(z.string()), off: z.array(z.string()) })

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
})

const impliedSchema = z.strictObject({
  vendor: z.string(),
  product: pattern('i').optional(),
  /** The knob whose attribute decides; absent when the platform keeps the feature on. */
  by: z.enum(knobNames).optional(),
  why: z.string(),
})

const knobSchema = z.strictObject({
  words: wordsSchema.default({ on: [], off: [] }),
  tables: z.array(tableSchema),
  namePatterns: z.array(pattern('')),
  displayNames: z.array(pattern('')),
  implied: z.array(impliedSchema).default([]),
})

/** firmware-profiles/knobs.yaml. */
export const firmwareKnowledgeSchema = z.strictObject({
  nameSuffix: pattern(''),
  words: wordsSchema,
  neverInfer: z.array(pattern('')),
  knobs: z.strictObject({ vtx: knobSchema, vtd: knobSchema, sriov: knobSchema, x2apic: knobSchema, ht: knobSchema }),
})

/** What is known about BIOS settings of all vendors; loaded by data.ts and passed to everything that decides. */
export type FirmwareKnowledge = z.output<typeof firmwareKnowledgeSchema>
export type Words = z.output<typeof wordsSchema>
