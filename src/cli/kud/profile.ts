import { existsSync } from 'node:fs'
import { KatametalError } from '../../base/errors.js'
import { loadKudProfile, loadShippedKudProfiles, type NamedKudProfile } from '../../kud/data.js'

/** A shipped profile by name, or one from a file. Throws KudProfileUnknown, KudProfileInvalid, FileInvalid. */
export const readKudProfile = (nameOrFile: string): NamedKudProfile => {
  const shipped = loadShippedKudProfiles()
  const known = shipped.get(nameOrFile)
  if (known !== undefined) return known
  if (/[/.]/.test(nameOrFile) || existsSync(nameOrFile)) return loadKudProfile(nameOrFile)
  throw new KatametalError('KudProfileUnknown', {
    about: nameOrFile,
    seen: `neither a file nor one of the shipped profiles ${[...shipped.keys()].sort().join(', ')}`,
  })
}
