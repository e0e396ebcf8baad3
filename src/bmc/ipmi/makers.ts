import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { KatametalError } from '../../base/errors.js'
import { packageRoot } from '../../base/package-root.js'

const byte = z.int().min(0).max(255).optional()

const makersSchema = z.strictObject({
  makers: z.array(
    z.strictObject({
      maker: z.string(),
      manufacturerIds: z.array(z.int().min(1)).min(1),
      bootDevices: z.strictObject({ Pxe: byte, Hdd: byte, Cd: byte, BiosSetup: byte }),
    }),
  ),
})

/** firmware-profiles/ipmi.yaml: how makers of BMCs depart from the IPMI specification. */
export type IpmiMakers = z.output<typeof makersSchema>['makers']

/** Reads `file`, by default the shipped firmware-profiles/ipmi.yaml. Errors: FileInvalid. */
export const loadIpmiMakers = async (
  file = join(packageRoot(), 'firmware-profiles', 'ipmi.yaml'),
): Promise<IpmiMakers> => {
  let data: unknown
  try {
    data = parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new KatametalError('FileInvalid', { about: file, seen: String(error) })
  }
  const parsed = makersSchema.safeParse(data)
  if (!parsed.success) throw new KatametalError('FileInvalid', { about: file, seen: z.prettifyError(parsed.error) })
  return parsed.data.makers
}
