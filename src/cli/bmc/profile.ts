import { existsSync } from 'node:fs'
import type { FirmwareProfileSpec } from '../../../api/metal/firmware-profile.js'
import { KatametalError } from '../../base/errors.js'
import { loadFirmwareProfile, loadShippedProfiles } from '../../firmware/data.js'

export interface NamedProfile {
  readonly name: string
  readonly spec: FirmwareProfileSpec
}

/** A shipped profile by name, or one from a file. Throws FirmwareProfileUnknown, FirmwareProfileInvalid, FileInvalid. */
export const readProfile = (nameOrFile: string): NamedProfile => {
  const shipped = loadShippedProfiles()
  const spec = shipped.get(nameOrFile)
  if (spec !== undefined) return { name: nameOrFile, spec }
  if (/[/.]/.test(nameOrFile) || existsSync(nameOrFile)) return loadFirmwareProfile(nameOrFile)
  throw new KatametalError('FirmwareProfileUnknown', {
    about: nameOrFile,
    seen: `neither a file nor one of the shipped profiles ${[...shipped.keys()].sort().join(', ')}`,
  })
}
