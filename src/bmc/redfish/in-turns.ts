/**
 * Runs over all items, a few at a time, and gives the results in the order of the items, undefined ones left out. The budget of the BMC would
 * hold back more than a few anyway, and each that waits there listens to the signal of the call.
 */
export const inTurns = async <T, R>(
  items: readonly T[],
  run: (item: T) => Promise<R | undefined>,
  atOnce = 3,
): Promise<R[]> => {
  const results = new Map<number, R | undefined>()
  const todo = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of todo) results.set(index, await run(item))
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  return items.flatMap((_, index) => {
    const result = results.get(index)
    return result === undefined ? [] : [result]
  })
}
