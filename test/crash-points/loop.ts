import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Site } from '../support/site.js'
import { type Deeds, deedsSinceNow } from './deeds.js'
import { endStateOf } from './end-state.js'
import { type CrashPoint, Trap } from './trap.js'

/** A stretch of a host's life: from one settled state to another. */
export interface Chapter {
  /** What happens to the host, as it follows "a host that". */
  readonly name: string
  /** The commands at which managers are killed; `<State>[.<step>] <command>`. */
  readonly commands: readonly string[]
  /** What happens before, while a manager lives that nobody kills. */
  readonly before?: (site: Site) => unknown
  /** Makes the wish. */
  readonly begin: (site: Site, trap: Trap) => unknown
  /** Resolves when the host has come to the end. */
  readonly end: (site: Site) => Promise<unknown>
  /** A wish that ends a write: what it cuts short, and whether that was done by then, is left to chance. */
  readonly cutsWrite?: true
}

/** Chapters of one host after each other; those of a cycle lead back to where it began, and are lived again and again. */
export interface Loop {
  readonly title: string
  /** The host; the only one of the site. */
  readonly host: string
  /** A site without a manager. */
  readonly start: () => Promise<Site>
  readonly cycles: readonly (readonly Chapter[])[]
}

interface Expected {
  readonly state: Readonly<Record<string, unknown>>
  readonly deeds: Deeds
}

/**
 * Lives each cycle once undisturbed, then until a manager was killed at every command of every chapter, before and
 * after it; each time the chapter must end as it did undisturbed, with the same deeds.
 */
export const describeLoop = ({ title, host, start, cycles }: Loop): unknown =>
  describe.concurrent(title, () => {
    const expected = new Map<Chapter, Expected>()
    let site: Site
    let trap: Trap
    let astray: string | undefined

    beforeAll(async () => {
      site = await start()
      trap = new Trap(site)
      await site.startManager(trap.checkpoint)
    })

    afterAll(async () => {
      await site.stop()
    })

    const live = async (chapter: Chapter, point: CrashPoint | undefined): Promise<Deeds> => {
      await chapter.before?.(site)
      const deeds = deedsSinceNow(site.server(host))
      const killed = point === undefined ? undefined : trap.arm(point).then(() => true)
      await chapter.begin(site, trap)
      if (point !== undefined) {
        await site.untilSettled(`a manager to be about to be killed: ${nameOf(point)}`, killed)
        await trap.killAndRestart()
      }
      await chapter.end(site)
      const known = expected.get(chapter)
      if (known === undefined) expected.set(chapter, { state: await quiet(site, host), deeds: deeds() })
      else await sameEnd(known.state)
      return deeds()
    }

    const sameEnd = async (wanted: Expected['state']): Promise<void> => {
      const same = async (): Promise<boolean> => isDeepStrictEqual(await endStateOf(site, host), wanted)
      await site.until('the same end', same, 5_000).catch(() => undefined)
      expect(await endStateOf(site, host)).toEqual(wanted)
    }

    /** A host that one test left astray would fail all others as well. */
    const unlessAstray = (name: string, test: () => Promise<void>): void =>
      it(name, { concurrent: false, timeout: 60_000 }, async () => {
        if (astray !== undefined) throw new Error(`not tried: the host was left astray by "${astray}"`)
        astray = name
        await test()
        astray = undefined
      })

    for (const chapters of cycles) {
      for (const chapter of chapters)
        unlessAstray(`a host that ${chapter.name} comes to its end by the commands at which we kill`, async () => {
          trap.sent.clear()
          const deeds = await live(chapter, undefined)
          expect([...trap.sent]).toEqual(expect.arrayContaining([...chapter.commands]))
          expect(once(deeds)).toBe(true)
          if (chapter.cutsWrite === undefined) expect(deeds.cuts).toEqual([])
        })
      const plans = chapters.map(chapter => ({ chapter, points: pointsOf(chapter) }))
      const rounds = Math.max(...plans.map(({ points }) => points.length))
      for (let round = 0; round < rounds; round++)
        for (const { chapter, points } of plans) {
          const point = points[round]
          const how = point === undefined ? 'that nobody disturbs' : `whose manager is killed ${nameOf(point)}`
          unlessAstray(`a host that ${chapter.name}, ${how}, ends the same`, async () => {
            const deeds = await live(chapter, point)
            const wanted = expected.get(chapter)?.deeds
            expect(comparable(deeds, chapter, point)).toEqual(wanted && comparable(wanted, chapter, point))
            expect(once(deeds)).toBe(true)
          })
        }
    }

    unlessAstray('no session is left open on the BMC', async () => {
      await site.stopManager()
      expect(site.server(host).bmc.sessions).toBe(0)
    })
  })

const pointsOf = ({ commands }: Chapter): CrashPoint[] =>
  commands.flatMap((command): CrashPoint[] => [
    { at: 'intent', command },
    { at: 'done', command },
  ])

const nameOf = ({ at, command }: CrashPoint): string => `${at === 'intent' ? 'before' : 'after'} "${command}"`

/** No operation wrote or wiped twice. */
const once = ({ perOperation }: Deeds): boolean => new Set(perOperation).size === perOperation.length

/**
 * The deeds without what may differ. A server that is booting the agent while no manager serves the boot medium is
 * booted once more.
 */
const comparable = (deeds: Deeds, { cutsWrite }: Chapter, point: CrashPoint | undefined): object => ({
  biosWrites: deeds.biosWrites,
  ...(cutsWrite === true
    ? { wipes: deeds.destructive.filter(what => what.startsWith('wiped')) }
    : { destructive: deeds.destructive, cuts: deeds.cuts }),
  ...(point !== undefined && /(boot|await)Agent$/.test(point.command) ? {} : { power: deeds.power }),
})

/** The state when nothing has changed any more for a while. */
const quiet = async (site: Site, host: string): Promise<Expected['state']> => {
  let last = await endStateOf(site, host)
  let since = Date.now()
  await site.until('nothing to change any more', async () => {
    const now = await endStateOf(site, host)
    if (!isDeepStrictEqual(now, last)) since = Date.now()
    last = now
    return Date.now() - since > 400
  })
  return last
}
