import type { Snapshot } from './snapshot.js'

/** Where progress is written to. */
export interface Screen {
  readonly isTTY: boolean
  readonly columns: number
  write(text: string): void
}

/**
 * Shows how far the lab is. On a terminal: a table that is drawn anew in place. Elsewhere: a line whenever a host enters
 * another step, so that a log stays readable.
 */
export class LabProgress {
  readonly #screen: Screen
  readonly #start: number
  #drawn = 0
  #seen = new Map<string, string>()
  #running = -1

  constructor(screen: Screen, start: number) {
    this.#screen = screen
    this.#start = start
  }

  show(snapshot: Snapshot, now: number): void {
    if (this.#screen.isTTY) this.#draw(snapshot, now)
    else this.#tell(snapshot, now)
  }

  /** Leaves the table where it is: what is written next stands below it. */
  settle(): void {
    this.#drawn = 0
  }

  #draw(snapshot: Snapshot, now: number): void {
    const lines = [...table(snapshot, now), '', summary(snapshot, now - this.#start)]
    const up = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A`
    const width = this.#screen.columns - 1
    this.#screen.write(`${up}${lines.map(line => `\u001b[2K${line.slice(0, width)}\n`).join('')}\u001b[J`)
    this.#drawn = lines.length
  }

  #tell(snapshot: Snapshot, now: number): void {
    const elapsed = seconds(now - this.#start).padStart(6)
    for (const host of snapshot.hosts) {
      const place = host.step === '' ? host.state : `${host.state}/${host.step}`
      const text = host.failed ? `${place}  ${host.remark}` : place
      if (this.#seen.get(host.name) === text) continue
      this.#seen.set(host.name, text)
      this.#screen.write(`${elapsed}  ${host.name.padEnd(24)} ${text}\n`)
    }
    if (snapshot.running !== this.#running && snapshot.machines > 0) {
      this.#running = snapshot.running
      this.#screen.write(`${elapsed}  ${summary(snapshot, now - this.#start)}\n`)
    }
  }
}

const headings = ['HOST', 'STATE', 'STEP', 'FOR', 'KATA', 'MACHINE', '']

const table = ({ hosts }: Snapshot, now: number): string[] => {
  const rows = hosts.map(host => [
    host.name,
    host.state,
    `${host.step}${host.progress === '' ? '' : ` ${host.progress}`}`,
    host.since === undefined ? '' : seconds(Math.max(0, now - host.since)),
    host.kata,
    host.machine,
    host.failed ? host.remark : '',
  ])
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map(row => (row[column] ?? '').length)),
  )
  return [headings, ...rows].map(row =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

const summary = ({ hosts, machines, running }: Snapshot, elapsedMs: number): string => {
  const settled = hosts.filter(({ state }) => state === 'Available' || state === 'InService').length
  return machines === 0
    ? `${settled} of ${hosts.length} hosts Available after ${seconds(elapsedMs)}`
    : `${running} of ${machines} Machines Running after ${seconds(elapsedMs)}`
}

const seconds = (ms: number): string => `${Math.floor(ms / 1000)}s`
