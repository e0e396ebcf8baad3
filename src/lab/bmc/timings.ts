/** How long a BMC takes, in milliseconds of real machines; divided by `speed`. */
export interface BmcTimings {
  /** Every duration below is divided by this. */
  readonly speed: number
  /** Before each answer. */
  readonly latency: number
  readonly powerOn: number
  readonly powerOff: number
  /** Between off and on of a power cycle. */
  readonly powerCycle: number
  /** From the creation of a job until it is scheduled. */
  readonly jobSchedule: number
  /** From the start of a firmware update until it ends. */
  readonly firmwareUpdate: number
  /** How long a restarting BMC answers nothing but 503. */
  readonly managerReset: number
}

export const defaultBmcTimings: BmcTimings = {
  speed: 1,
  latency: 0,
  powerOn: 300,
  powerOff: 200,
  powerCycle: 200,
  jobSchedule: 200,
  firmwareUpdate: 1000,
  managerReset: 2000,
}

/** The timings after `speed` was applied to all of them; also used for those of the simulated server. */
export const scaled = <T extends Readonly<Record<keyof T, number>> & { readonly speed: number }>(timings: T): T =>
  Object.fromEntries(
    Object.entries<number>(timings).map(([name, value]) => [name, name === 'speed' ? value : value / timings.speed]),
  ) as T
