import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { KatametalError } from '../base/errors.js'
import { packageRoot } from '../base/package-root.js'

const pattern = z.string().transform((source, context) => {
  try {
    return new RegExp(source, 'i')
  } catch {
    context.addIssue({ code: 'custom', message: 'not a regular expression' })
    return z.NEVER
  }
})

/** The texts that a service tells about itself and that vendors are recognised by. */
const vendorClues = [
  'rootVendor',
  'rootProduct',
  'rootOem',
  'systemManufacturer',
  'systemModel',
  'systemOem',
  'chassisModel',
  'managerManufacturer',
  'managerModel',
  'managerFirmware',
  'managerOem',
] as const

type VendorClue = (typeof vendorClues)[number]
export type VendorClues = Readonly<Partial<Record<VendorClue, string | undefined>>>

const clue = z.strictObject({ in: z.enum(vendorClues), matches: pattern })

const quirksSchema = z
  .strictObject({
    /** Words for a virtual CD in BootSourceOverrideTarget, best first; the first that the system lists is used. */
    cdTargets: z.array(z.string()).min(1).default(['Cd', 'UsbCd', 'UefiUsbCd', 'CD/DVD']),
    /**
     * Where the virtual CD is booted by attributes of the manager instead of a boot override: for which products and
     * firmware, where the attributes are (slash-separated keys into the Manager to a list of links), and what they are set
     * to for one boot from the CD and for none.
     */
    managerBoot: z
      .strictObject({
        where: z.array(z.strictObject({ product: pattern, firmware: pattern.optional() })).min(1),
        links: z.array(z.string()).min(1),
        cd: z.record(z.string(), z.string()),
        none: z.record(z.string(), z.string()),
      })
      .optional(),
    /** Ids of VirtualMedia slots that take no URL although they look as if they did. */
    mediaSlotsToAvoid: pattern.optional(),
    /** Ids in FirmwareInventory that are not installed firmware. */
    firmwareNotInstalled: pattern.optional(),
    /**
     * How to turn pending BIOS settings into a job when writing them made none: POST `{[targetProperty]: settings
     * path}` to the first of `collections` (slash-separated keys into the Manager resource, or into its path when
     * the resource has no such key) that exists.
     */
    biosConfigJob: z.strictObject({ collections: z.array(z.string()).min(1), targetProperty: z.string() }).optional(),
  })
  .readonly()

const byte = z.int().min(0).max(255)

const ipmiSchema = z.strictObject({
  /** IANA enterprise numbers that the vendor's BMCs answer to Get Device ID. */
  manufacturerIds: z.array(z.int().min(1)).min(1),
  /** Boot device bytes (IPMI 2.0 table 28-14, parameter 5, second byte) that differ from the specification. */
  bootDevices: z.strictObject({
    Pxe: byte.optional(),
    Hdd: byte.optional(),
    Cd: byte.optional(),
    BiosSetup: byte.optional(),
  }),
})

const vendorSchema = z.strictObject({
  vendor: z.string(),
  /** Any of these recognises the vendor; vendors are tried in the order of the file. */
  recognisedBy: z.array(clue).min(1),
  /** The management controller: the first row of which all clues match. `$1` is the first group of the last clue. */
  products: z.array(z.strictObject({ product: z.string(), recognisedBy: z.array(clue).min(1) })).default([]),
  /** The generation of the server, in the same manner. */
  generations: z.array(z.strictObject({ generation: z.string(), recognisedBy: z.array(clue).min(1) })).default([]),
  quirks: quirksSchema.prefault({}),
  ipmi: ipmiSchema.optional(),
})

const keys = z.array(z.string()).transform(words => new Set(words.map(word => word.toLowerCase())))

const messagesSchema = z.strictObject({
  busy: keys,
  sessionLimit: keys,
  loginRefused: keys,
  passwordChange: keys,
  success: keys,
  handover: keys,
})

const knowledgeSchema = z.strictObject({ vendors: z.array(vendorSchema), messages: messagesSchema })

/** How a vendor departs from the standard, as data. */
export type VendorQuirks = z.output<typeof quirksSchema>
/** firmware-profiles/vendors.yaml. */
export type VendorKnowledge = z.output<typeof knowledgeSchema>
/** What message keys (lower case) mean. */
export type MessageMeanings = VendorKnowledge['messages']

/** Reads vendor knowledge from `file`, by default the shipped firmware-profiles/vendors.yaml. Errors: FileInvalid. */
export const loadVendors = async (
  file = join(packageRoot(), 'firmware-profiles', 'vendors.yaml'),
): Promise<VendorKnowledge> => {
  let data: unknown
  try {
    data = parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new KatametalError('FileInvalid', { about: file, seen: String(error) })
  }
  const parsed = knowledgeSchema.safeParse(data)
  if (!parsed.success) throw new KatametalError('FileInvalid', { about: file, seen: z.prettifyError(parsed.error) })
  return parsed.data
}

/** The vendor that the clues point to; `generic` without quirks when none is recognised. */
export const recogniseVendor = (clues: VendorClues, knowledge: VendorKnowledge): RecognisedVendor => {
  const found = knowledge.vendors.find(row => row.recognisedBy.some(one => matches(one, clues)))
  if (found === undefined)
    return { vendor: 'generic', product: undefined, generation: undefined, quirks: noQuirks, wantsChassis: false }
  const fits = (row: { recognisedBy: readonly Clue[] }) => row.recognisedBy.every(one => matches(one, clues))
  const product = found.products.find(fits)
  const generation = found.generations.find(fits)
  return {
    vendor: found.vendor,
    product: product && filledIn(product.product, product.recognisedBy, clues),
    generation: generation && filledIn(generation.generation, generation.recognisedBy, clues),
    quirks: found.quirks,
    wantsChassis:
      generation === undefined &&
      clues.chassisModel === undefined &&
      found.generations.some(row => row.recognisedBy.some(one => one.in === 'chassisModel')),
  }
}

export interface RecognisedVendor {
  readonly vendor: string
  readonly product: string | undefined
  readonly generation: string | undefined
  readonly quirks: VendorQuirks
  /** Whether the model of the chassis, which takes a request, would tell the generation. */
  readonly wantsChassis: boolean
}

/** What holds for a service of an unknown vendor. */
export const noQuirks: VendorQuirks = quirksSchema.parse({})

type Clue = z.output<typeof clue>

const matches = (one: Clue, clues: VendorClues): boolean => one.matches.test(clues[one.in] ?? '')

/** `$1` becomes the first group of the last clue. */
const filledIn = (name: string, recognisedBy: readonly Clue[], clues: VendorClues): string => {
  const last = recognisedBy.at(-1)
  const group = last === undefined ? undefined : last.matches.exec(clues[last.in] ?? '')?.[1]
  return name.replaceAll('$1', group ?? '')
}
