/** One entry of the Registries collection, as far as it has been read. */
export interface RegistryFile {
  readonly path: string
  /** Its Id, or the last part of its path while only that is known. */
  readonly id: string
  /** Its `Registry` property. */
  readonly registry: string | undefined
}

export interface RegistryMatch {
  readonly file: RegistryFile
  /** Which rung of the ladder found it, as a sentence. */
  readonly evidence: string
}

/**
 * The registry files that `Bios.AttributeRegistry` may mean, from the first rung that yields any. Services name the
 * two differently, so the rungs get weaker: exact Id; exact Registry; the same without case, `v`, `.` and `_`; an Id
 * that begins with the letters before the first digit. Only the last rung can yield several: then their contents
 * decide, as another board's registry would lie about values.
 */
export const matchRegistry = (wanted: string, files: readonly RegistryFile[]): RegistryMatch[] => {
  const exactId = files.find(file => file.id === wanted)
  if (exactId !== undefined) return [{ file: exactId, evidence: `exact Id ${wanted}` }]
  const exact = files.find(file => file.registry === wanted)
  if (exact !== undefined) return [{ file: exact, evidence: `exact Registry ${wanted} of ${exact.id}` }]
  const alike = files.find(file => namesOf(file).some(name => normalised(name) === normalised(wanted)))
  if (alike !== undefined)
    return [{ file: alike, evidence: `${namesOf(alike).join(' / ')} is ${wanted} but for spelling` }]
  return files
    .filter(file => beginsAlike(wanted, file.id))
    .map(file => ({ file, evidence: `${file.id} begins like ${wanted}` }))
}

/** Whether a file is worth opening for `wanted`, judged by its name alone. Every rung but `Registry` implies it. */
export const beginsAlike = (wanted: string, id: string): boolean => {
  const letters = /^[a-z]*/.exec(normalised(wanted))?.[0] ?? ''
  return letters !== '' && normalised(id).startsWith(letters)
}

const namesOf = (file: RegistryFile): string[] => [file.id, ...(file.registry === undefined ? [] : [file.registry])]

const normalised = (name: string): string => name.toLowerCase().replaceAll(/[v._]/g, '')
