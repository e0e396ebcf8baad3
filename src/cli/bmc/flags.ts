import { type Command, InvalidArgumentError, Option } from 'commander'
import { type OutputFormat, outputFormats } from '../print/table.js'

/** What all `katametal bmc` verbs take. */
export interface BmcFlags {
  readonly username?: string
  readonly passwordFile?: string
  readonly ca?: string
  readonly fingerprint?: string
  readonly insecure?: boolean
  /** Seconds. */
  readonly timeout: number
  /** Whether each request is told on standard error. */
  readonly trace?: boolean
  readonly output: OutputFormat
}

export const addressHelp =
  'BMC address: https://host[:port] (the system is discovered), or as in Metal3: redfish-virtualmedia://host/redfish/v1/Systems/1, redfish+http://host, ipmi://host'

/** Adds the flags of BmcFlags; `timeout` is the default of --timeout in seconds. */
export const withBmcFlags = (command: Command, timeout: number): Command =>
  command
    .argument('<address>', addressHelp)
    .option('--username <name>', 'user name (default: KATAMETAL_BMC_USERNAME, else asked for)')
    .option('--password-file <file>', 'file with the password (default: KATAMETAL_BMC_PASSWORD, else asked for)')
    .addOption(
      new Option('--ca <file>', 'PEM file of the CA that signed the certificate of the BMC').conflicts([
        'fingerprint',
        'insecure',
      ]),
    )
    .addOption(
      new Option('--fingerprint <sha256>', 'SHA-256 fingerprint of the certificate of the BMC').conflicts([
        'ca',
        'insecure',
      ]),
    )
    .addOption(new Option('--insecure', 'accept any certificate').conflicts(['ca', 'fingerprint']))
    .option('--timeout <seconds>', 'give up after this long', positive, timeout)
    .option('--trace', 'tell each request with its status and duration on standard error; never a secret')
    .addOption(outputOption())

export const outputOption = (): Option =>
  new Option('-o, --output <format>', 'how to print').choices(outputFormats).default('table' satisfies OutputFormat)

export const positive = (text: string): number => {
  const seconds = Number(text)
  if (!Number.isFinite(seconds) || seconds <= 0 || seconds > 86_400)
    throw new InvalidArgumentError('a number of seconds')
  return seconds
}

/** A whole number from 0. */
export const count = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number')
  return Number(text)
}
