import { it } from 'vitest'

/** Registers the test of one row of the checklist: the number stands in its title, where the report finds it. */
export const row = (number: number, title: string, test: () => Promise<void> | void, ms?: number): void => {
  it(`row ${number}: ${title}`, test, ms)
}
