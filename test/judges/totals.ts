/** What a DMTF validator counted: the table that each prints at its end. */
export interface Totals {
  readonly pass: number
  readonly warn: number
  readonly fail: number
  readonly notTested: number
}

/** Reads `|  895  |  21  |  3  |  1401  |` below its heading; throws when there is none, as a judge without totals saw nothing. */
export const readTotals = (printed: string): Totals => {
  const match = /NOT TESTED\s*\|\s*[-+\s]*\|\s*(\d+)\s*\|\s*(\d+)\s*\|\s*(\d+)\s*\|\s*(\d+)\s*\|/.exec(printed)
  if (match === null) throw new Error(`the judge printed no totals:\n${printed.slice(-2000)}`)
  const [pass = 0, warn = 0, fail = 0, notTested = 0] = match.slice(1).map(Number)
  return { pass, warn, fail, notTested }
}

/** Each FAIL of a validator's debug log as `resource property: kind of error`, without the values, in order. */
export const readFailures = (log: string): string[] => {
  const failures: string[] = []
  let resource = ''
  for (const line of log.split('\n')) {
    resource = /- INFO - Validating (\S+?)(?:\.\.\.)?$/.exec(line)?.[1] ?? resource
    const failure = /- ERROR - FAIL - (.*)$/.exec(line)?.[1]
    if (failure !== undefined) failures.push(`${resource} ${shortened(failure)}`)
  }
  return failures.sort()
}

/** `/Boot/X ([Not Present]): Read Requirement Error: ...` becomes `/Boot/X: Read Requirement Error`. */
const shortened = (failure: string): string => {
  const [, property, kind] = /^(\/\S*)(?: \(Write\))?(?: \(.*?\))?: ([A-Za-z ]+ Error)/.exec(failure) ?? []
  if (property !== undefined && kind !== undefined) return `${property}: ${kind}`
  return failure.replace(/^([A-Za-z ]+ Error): (.*)$/, '$1, $2')
}
