import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { apiVersionOf } from '../../api/kind.js'
import { kudProfile, type KudProfileSpec, kudProfileSpecSchema } from '../../api/kud/kud-profile.js'
import { type ErrorCode, KatametalError } from '../base/errors.js'
import { packageRoot } from '../base/package-root.js'
import { type Matrix, matrixSchema } from './matrix.js'
import type { NodeLayerPrograms } from './node-script.js'

const folder = (...parts: readonly string[]): string => join(packageRoot(), 'config', 'kud', ...parts)

/** Reads config/kud/matrix.yaml. Throws FileInvalid naming the place in it. */
export const loadMatrix = (path = folder('matrix.yaml')): Matrix =>
  valid(matrixSchema, readYaml(path), path, 'FileInvalid')

/** The programs of config/kud/node-layer, which run on nodes. */
export const loadNodeLayerPrograms = (): NodeLayerPrograms => ({
  functions: readText(folder('node-layer', 'functions.sh')),
  existing: readText(folder('node-layer', 'existing.sh')),
  kubeletArguments: readText(folder('node-layer', 'kubelet-arguments.sh')),
  kataCheck: readText(folder('node-layer', 'kata-check.sh')),
})

/** A profile with its name. */
export interface NamedKudProfile {
  readonly name: string
  readonly spec: KudProfileSpec
}

const profileDocument = z.object({
  apiVersion: z.literal(apiVersionOf(kudProfile)),
  kind: z.literal(kudProfile.kind),
  metadata: z.looseObject({ name: z.string().min(1) }),
  spec: kudProfileSpecSchema,
})

/** Reads one KudProfile document. Throws FileInvalid when unreadable, KudProfileInvalid naming the field. */
export const loadKudProfile = (path: string): NamedKudProfile => {
  const { metadata, spec } = valid(profileDocument, readYaml(path), path, 'KudProfileInvalid')
  return { name: metadata.name, spec }
}

/** The profiles that katametal ships, by name. */
export const loadShippedKudProfiles = (): ReadonlyMap<string, NamedKudProfile> =>
  new Map(
    readdirSync(folder('profiles'))
      .filter(file => file.endsWith('.yaml'))
      .map(file => loadKudProfile(folder('profiles', file)))
      .map(profile => [profile.name, profile]),
  )

const readYaml = (path: string): unknown => {
  const text = readText(path)
  try {
    return parse(text)
  } catch (error) {
    throw new KatametalError('FileInvalid', { about: path, seen: textOf(error) })
  }
}

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new KatametalError('FileInvalid', { about: path, seen: textOf(error) })
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

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
