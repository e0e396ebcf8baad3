import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import {
  type FirmwareProfileSpec,
  firmwareProfile,
  firmwareProfileSpecSchema,
} from '../../api/metal/firmware-profile.js'
import { apiVersionOf } from '../../api/kind.js'
import { type ErrorCode, KatametalError } from '../base/errors.js'
import { packageRoot } from '../base/package-root.js'
import { type FirmwareKnowledge, firmwareKnowledgeSchema } from './knowledge.js'

const folder = (): string => join(packageRoot(), 'firmware-profiles')

/** Reads firmware-profiles/knobs.yaml. Throws FileInvalid naming the place in it. */
export const loadFirmwareKnowledge = (path = join(folder(), 'knobs.yaml')): FirmwareKnowledge =>
  valid(firmwareKnowledgeSchema, readYaml(path), path, 'FileInvalid')

const profileDocument = z.object({
  apiVersion: z.literal(apiVersionOf(firmwareProfile)),
  kind: z.literal(firmwareProfile.kind),
  metadata: z.looseObject({ name: z.string().min(1) }),
  spec: firmwareProfileSpecSchema,
})

/** Reads one FirmwareProfile document. Throws FileInvalid when unreadable, FirmwareProfileInvalid naming the field. */
export const loadFirmwareProfile = (path: string): { name: string; spec: FirmwareProfileSpec } => {
  const { metadata, spec } = valid(profileDocument, readYaml(path), path, 'FirmwareProfileInvalid')
  return { name: metadata.name, spec }
}

/** The profiles that katametal ships, by name: every `kind: FirmwareProfile` document in firmware-profiles/. */
export const loadShippedProfiles = (): ReadonlyMap<string, FirmwareProfileSpec> =>
  new Map(
    readdirSync(folder())
      .filter(file => file.endsWith('.yaml'))
      .map(file => join(folder(), file))
      .filter(path => kindSchema.safeParse(readYaml(path)).success)
      .map(loadFirmwareProfile)
      .map(({ name, spec }) => [name, spec]),
  )

const kindSchema = z.looseObject({ kind: z.literal(firmwareProfile.kind) })

const readYaml = (path: string): unknown => {
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new KatametalError('FileInvalid', {
      about: path,
      seen: error instanceof Error ? error.message : String(error),
    })
  }
}

const valid = <Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  about: string,
  code: ErrorCode,
): z.output<Schema> => {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const seen = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  throw new KatametalError(code, { about, seen })
}
