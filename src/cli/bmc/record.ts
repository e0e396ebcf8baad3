import { type Clock, rfc3339 } from '../../base/clock.js'
import { parseBmcAddress } from '../../bmc/address.js'
import { recordTree } from '../../bmc/redfish/record.js'
import { redactTree } from '../../bmc/redfish/redact.js'
import type { Console } from '../console.js'
import { print } from '../print/table.js'
import { ownVersion } from '../version.js'
import type { BmcFlags } from './flags.js'
import { checkTarget, writeTree } from './record-files.js'
import { withRedfish } from './session.js'

export interface RecordFlags extends BmcFlags {
  readonly redact?: boolean
  readonly logs?: number
  readonly limit: number
}

const mostBytes = 256 * 1024 * 1024
const usualLogEntries = 50

/**
 * Records the tree of a service into a folder or archive that the simulator serves. Redaction happens before anything
 * is written. Throws FileInvalid when the target exists or cannot be written.
 */
export const record = async (
  address: string,
  target: string,
  flags: RecordFlags,
  console: Console,
  clock: Clock,
): Promise<void> => {
  parseBmcAddress(address)
  await checkTarget(target)
  const redact = flags.redact === true
  const limits = {
    resources: flags.limit,
    bytes: mostBytes,
    // What logs tell in free words cannot be redacted for sure.
    logEntries: flags.logs ?? (redact ? 0 : usualLogEntries),
  }
  const recording = await withRedfish(address, flags, console, clock, ({ client, call, progress }) => {
    progress.step('reading the service root')
    return recordTree(client, limits, call, ({ resources, waiting }) =>
      progress.step(`read ${resources} resources, ${waiting} to go`),
    )
  })
  const redacted = redact ? redactTree(recording.resources) : undefined
  const problems = recording.problems.map(({ about, message }) => ({
    about: redacted?.text(about) ?? about,
    message: redacted?.text(message) ?? message,
  }))
  const about = {
    recordedBy: `katametal ${ownVersion()}`,
    time: rfc3339(clock.now()),
    redacted: redact,
    resources: recording.resources.size,
    problems,
  }
  await writeTree(target, redacted?.resources ?? recording.resources, about)
  const { resources, bytes, requests } = { ...recording, resources: recording.resources.size }
  const replaced = redacted?.replaced
  print(console, flags.output, {
    columns: [
      { title: 'written to', cell: () => target },
      { title: 'resources', cell: () => String(resources) },
      { title: 'size', cell: () => `${Math.ceil(bytes / 1024)} KiB` },
      { title: 'requests', cell: () => String(requests) },
      { title: 'not read', cell: () => String(problems.length) },
    ],
    rows: [target],
    data: { address, target, resources, bytes, requests, problems, ...(replaced === undefined ? {} : { replaced }) },
    remarks: [
      ...(replaced === undefined
        ? ['Not redacted: serial numbers, addresses and names of this server are in it. Use --redact to share it.']
        : [`Replaced: ${replacedWords(replaced)}. Look through it before you share it.`]),
      ...(flags.output === 'wide' ? problems.map(({ about, message }) => `${about}: ${message}`) : []),
    ],
  })
}

const replacedWords = (replaced: Readonly<Record<string, number>>): string => {
  const words = Object.entries(replaced).map(([kind, count]) => `${count} of ${kind}`)
  return words.length === 0 ? 'nothing' : words.join(', ')
}
