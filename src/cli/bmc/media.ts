import type { Clock } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import type { VirtualMediaSlot } from '../../bmc/model.js'
import type { Console } from '../console.js'
import { print } from '../print/table.js'
import { shownURL } from '../print/urls.js'
import type { MediaVerb } from './boot-verbs.js'
import type { BmcFlags } from './flags.js'
import { type BmcSession, withSession } from './session.js'

interface MediaReport {
  /** Slots that were written, by @odata.id. */
  readonly changed: readonly string[]
  readonly slots: readonly VirtualMediaSlot[]
}

/** Shows the virtual media slots, inserts a CD image or ejects what is in CD slots, and shows what then is there. */
export const media = async (
  address: string,
  verb: MediaVerb,
  url: string | undefined,
  flags: BmcFlags,
  console: Console,
  clock: Clock,
): Promise<void> => {
  checkUsage(verb, url)
  const { changed, slots } = await withSession(address, flags, console, clock, session => change(verb, url, session))
  const rows = slots.map(slot => ({
    ...slot,
    ...(slot.image === undefined ? {} : { image: shownURL(slot.image) }),
    changed: changed.includes(slot.id),
  }))
  print(console, flags.output, {
    columns: [
      { title: 'slot', cell: ({ id }) => id },
      { title: 'takes a CD', cell: ({ usable }) => (usable ? 'yes' : 'no') },
      { title: 'inserted', cell: ({ inserted }) => (inserted ? 'yes' : 'no') },
      { title: 'image', cell: ({ image }) => image },
      { title: 'types', cell: ({ mediaTypes }) => mediaTypes.join(','), wide: true },
      ...(verb === 'status' ? [] : [{ title: verb, cell: (row: { changed: boolean }) => (row.changed ? 'done' : '') }]),
    ],
    rows,
    data: { address, action: verb, changed, slots: rows.map(({ changed: _, ...slot }) => slot) },
    remarks: remarks(verb, changed, rows),
  })
}

const checkUsage = (verb: MediaVerb, url: string | undefined): void => {
  if (verb === 'insert' && (url === undefined || !/^[a-z]+:\/\//i.test(url) || !URL.canParse(url)))
    throw new KatametalError('UsageInvalid', { about: 'media insert', seen: 'it needs the URL of an image' })
  if (verb !== 'insert' && url !== undefined)
    throw new KatametalError('UsageInvalid', { about: `media ${verb}`, seen: 'only insert takes a URL' })
}

const change = async (verb: MediaVerb, url: string | undefined, session: BmcSession): Promise<MediaReport> => {
  const { bmc, call, progress } = session
  const read = () => {
    progress.step('reading the virtual media slots')
    return bmc.readVirtualMedia(call)
  }
  switch (verb) {
    case 'status':
      return { changed: [], slots: await read() }
    case 'insert': {
      progress.step('inserting the image')
      const slot = await bmc.insertVirtualMedia(url ?? '', call)
      return { changed: [slot.id], slots: await read() }
    }
    case 'eject': {
      const full = (await read()).filter(({ usable, inserted }) => usable && inserted).map(({ id }) => id)
      progress.step('ejecting')
      await bmc.ejectVirtualMedia(call)
      return { changed: full, slots: await read() }
    }
  }
}

const remarks = (verb: MediaVerb, changed: readonly string[], slots: readonly VirtualMediaSlot[]): string[] => {
  if (verb === 'eject' && changed.length === 0) return ['Nothing was inserted.']
  if (!slots.some(({ usable }) => usable)) return ['No slot takes a CD image from a URL.']
  return []
}
