import type { ErrorCode } from '../../base/errors.js'
import type { ProgramResult } from './program.js'

/** What a run of ipmitool means. Its exit code alone says almost nothing: its words decide. */
export type Verdict =
  | { readonly kind: 'done' }
  /** No session, and the words do not say why: only a run with `-v` tells. */
  | { readonly kind: 'noSession'; readonly seen: string }
  /** The BMC does not speak this cipher suite. */
  | { readonly kind: 'otherSuite'; readonly code: ErrorCode; readonly seen: string }
  /** Worth another try in a moment. `untouched`: the BMC has surely not begun to do what was asked. */
  | { readonly kind: 'retry'; readonly code: ErrorCode; readonly seen: string; readonly untouched: boolean }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly seen: string }

type Rule = readonly [words: RegExp, kind: 'otherSuite' | 'retry' | 'untouched' | 'failed', code: ErrorCode]

/**
 * First match wins. The words are those of ipmitool 1.8.18 and 1.8.19 (lib/ipmi_strings.c, plugins/lanplus) and the
 * completion codes of IPMI 2.0 table 5-2 and 13-15 as it spells them.
 */
const rules: readonly Rule[] = [
  [/RAKP 2 HMAC is invalid|unauthorized name|invalid name length|integrity check value/i, 'failed', 'BMCLoginRefused'],
  [/(?:password|username) is longer than/i, 'failed', 'BMCLoginRefused'],
  [/Address lookup for .* failed|Could not open socket|Get Auth Capabilities error/i, 'failed', 'BMCUnreachable'],
  [/Error issuing Get Channel Authentication Capabilities/i, 'failed', 'BMCUnreachable'],
  [/insufficient resources for (?:session|role)/i, 'untouched', 'BMCSessionLimit'],
  [/BMC initialization in progress|Node busy|Out of space/i, 'untouched', 'BMCBusy'],
  [/unauthorized role|Insufficient privilege level|Cannot execute command, insufficient/i, 'failed', 'BMCForbidden'],
  [/invalid role/i, 'otherSuite', 'BMCForbidden'],
  [
    /(?:invalid|no matching) (?:authentication|integrity|confidentiality) (?:algorithm|payload)|cipher suite|is not what we requested/i,
    'otherSuite',
    'BMCUnsupported',
  ],
]

const commandRules: readonly Rule[] = [
  [/Timeout|no response/i, 'retry', 'BMCTimeout'],
  [/rsp=0xc1|Invalid command|not supported in this version/i, 'failed', 'BMCUnsupported'],
  [/rsp=0x|Invalid data field|out of range|present state|Request data/i, 'failed', 'BMCRejected'],
]

/** Lines that ipmitool prints however well it went. */
const noise = /IANA PEN registry|^Running |^Discovered IPMB|^Invalid completion code received|^\s*$/i

const complaint = /failed|^Err\b|^Error\b|^Unable to|Invalid command/im

/** Reads the outcome of one run from its exit code and words. Pure. */
export const verdictOf = ({ exitCode, stdout, stderr }: ProgramResult): Verdict => {
  const words = lines(stderr)
  if (exitCode === 0 && !complaint.test(words)) return { kind: 'done' }
  const all = words === '' ? lines(stdout) : words
  const seen = sayBriefly(all, exitCode)
  const known = match(rules, all, seen)
  if (known !== undefined) return known
  if (/Unable to establish/i.test(all)) return { kind: 'noSession', seen }
  return match(commandRules, all, seen) ?? { kind: 'failed', code: 'BMCProtocol', seen }
}

const match = (table: readonly Rule[], words: string, seen: string): Verdict | undefined => {
  const row = table.find(([pattern]) => pattern.test(words))
  if (row === undefined) return undefined
  const [, kind, code] = row
  if (kind === 'retry' || kind === 'untouched') return { kind: 'retry', code, seen, untouched: kind === 'untouched' }
  return { kind, code, seen }
}

const lines = (text: string): string =>
  text
    .split('\n')
    .filter(line => !noise.test(line))
    .map(line => line.trim())
    .join('\n')

const sayBriefly = (words: string, exitCode: number | undefined): string =>
  words === ''
    ? `ipmitool ended with ${exitCode === undefined ? 'a signal' : `code ${exitCode}`} and said nothing`
    : words.replaceAll('\n', '; ').slice(0, 300)
