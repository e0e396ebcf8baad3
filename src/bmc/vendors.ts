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
export const vendorClues = [
  'rootVendor',
  'rootProduct',
  'rootOem',
  'systemManufacturer',
  'systemModel',
  'systemOem',
  'managerManufacturer',
  'managerModel',
  'managerFirmware',
  'managerOem',
] as const

export type VendorClue = (typeof vendorClues)[number]

const clue = z.strictObject({ in: z.enum(vendorClues), matches: pattern })

const quirksSchema = z
  .strictObject({
    /** Words for a virtual CD in BootSourceOverrideTarget, best first; the first that the system lists is used. */
    cdTargets: z.array(z.string()).default(['Cd', 'UsbCd']),
    /**
     * How to turn pending BIOS settings into a job when writing them made none: POST `{[targetProperty]: settings
     * path}` to the first of `collections` (slash-separated keys into the Manager resource) that exists.
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
  /** The management controller; the first product of which all clues match. `$1` is the first group of the last clue. */
  products: z.array(z.strictObject({ product: z.string(), recognisedBy: z.array(clue).min(1) })).default([]),
  quirks: quirksSchema.prefault({}),
  ipmi: ipmiSchema.optional(),
})

const vendorsSchema = z.strictObject({ vendors: z.array(vendorSchema) })

/** How a vendor departs from the standard, as data. */
export type VendorQuirks = z.output<typeof quirksSchema>
export type VendorTable = readonly z.output<typeof vendorSchema>[]

/** Reads the vendor table from `file`, by default the shipped firmware-profiles/vendors.yaml. Errors: FileInvalid. */
export const loadVendors = async (
  file = join(packageRoot(), 'firmware-profiles', 'vendors.yaml'),
): Promise<VendorTable> => {
  let data: unknown
  try {
    data = parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new KatametalError('FileInvalid', { about: file, seen: String(error) })
  }
  const parsed = vendorsSchema.safeParse(data)
  if (!parsed.success) throw new KatametalError('FileInvalid', { about: file, seen: z.prettifyError(parsed.error) })
  return parsed.data.vendors
}

/** What holds for a service of an unknown vendor. */
export const noQuirks: VendorQuirks = quirksSchema.parse({})
