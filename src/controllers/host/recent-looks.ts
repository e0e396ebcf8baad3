import type { Clock } from '../../base/clock.js'
import type { Look } from './facts.js'
import type { Seen } from './look.js'

// A chain of steps passes within moments; what takes longer than this is worth another look.
const freshMs = 5_000

/**
 * What was seen of one BMC a moment ago. Steps that follow each other within one reconcile often look at the same
 * things: a BMC takes up to seconds for an answer, and nothing of ours has happened to the server in between.
 */
export class RecentLooks {
  readonly #clock: Clock
  readonly #seen = new Map<Look, { readonly part: Partial<Seen>; readonly until: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What a look would show, if that is known. */
  of(look: Look): Partial<Seen> | undefined {
    const known = this.#seen.get(look)
    return known !== undefined && this.#clock.now() < known.until ? known.part : undefined
  }

  /** Keeps what these looks have just shown, as far as each was answered. */
  note(looks: readonly Look[], seen: Seen): void {
    const until = this.#clock.now() + freshMs
    for (const look of looks)
      for (const [shown, part] of partsOf(look, seen)) if (part !== undefined) this.#seen.set(shown, { part, until })
  }

  /** Something was done to the server. */
  forget(): void {
    this.#seen.clear()
  }
}

/** An identity tells the power too. */
const partsOf = (look: Look, seen: Seen): readonly (readonly [Look, Partial<Seen> | undefined])[] => {
  const { identity, power, bootClear, bios, biosUnsupported } = seen
  const powerPart = power === undefined ? undefined : { power }
  switch (look) {
    case 'identity':
      return [
        [look, identity === undefined ? undefined : { identity, ...powerPart }],
        ['power', powerPart],
      ]
    case 'power':
      return [[look, powerPart]]
    case 'boot':
      return [[look, bootClear === undefined ? undefined : { bootClear }]]
    case 'bios':
      return [[look, bios !== undefined ? { bios } : biosUnsupported === true ? { biosUnsupported } : undefined]]
  }
}
