import { Argument, Command } from 'commander'
import type { Clock } from '../../base/clock.js'
import type { Console } from '../console.js'
import type { ApplyFlags } from './apply.js'
import type { BootFlags } from './boot.js'
import { type BootVerb, bootVerbs, type MediaVerb, mediaVerbs } from './boot-verbs.js'
import { duration } from './durations.js'
import { type BmcFlags, count, positive, withBmcFlags } from './flags.js'
import type { LogFlags } from './logs.js'
import type { PlanFlags } from './plan.js'
import type { PowerFlags } from './power.js'
import type { RecordFlags } from './record.js'
import { type PowerVerb, powerVerbs } from './power-verbs.js'

const environment = `
User name and password come from KATAMETAL_BMC_USERNAME and KATAMETAL_BMC_PASSWORD, from --username and
--password-file, or are asked for on a terminal.`

const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map(line => `  $ katametal bmc ${line}`).join('\n')}\n${environment}`

const profileFlag = ['--profile <name|file>', 'kata, kata-sriov, or a file with a FirmwareProfile', 'kata'] as const

/** `katametal bmc ...`: what a BMC can do, without any Kubernetes. The work of each verb is loaded when it runs. */
export const bmcCommand = (console: Console, clock: Clock): Command => {
  const bmc = new Command('bmc')

  withBmcFlags(bmc.command('doctor'), 300)
    .description('say of each feature whether it works, is missing or broken, with evidence; changes nothing')
    .option(...profileFlag)
    .addHelpText(
      'after',
      examples('doctor https://192.0.2.10 --fingerprint 5e:01:...', 'doctor ipmi://192.0.2.11 -o json'),
    )
    .action(async (address: string, flags: PlanFlags) =>
      (await import('./doctor.js')).doctor(address, flags, console, clock),
    )

  withBmcFlags(bmc.command('inspect'), 300)
    .description('show what the server is made of')
    .addHelpText(
      'after',
      examples('inspect https://192.0.2.10 --ca bmc-ca.pem', 'inspect https://192.0.2.10 --insecure -o json'),
    )
    .action(async (address: string, flags: BmcFlags) =>
      (await import('./inspect.js')).inspect(address, flags, console, clock),
    )

  withBmcFlags(bmc.command('inventory'), 300)
    .description('list the parts of the server, a table for each kind')
    .addHelpText(
      'after',
      examples(
        'inventory https://192.0.2.10',
        'inventory https://192.0.2.10 -o wide',
        'inventory ipmi://192.0.2.11 -o yaml',
      ),
    )
    .action(async (address: string, flags: BmcFlags) =>
      (await import('./inventory.js')).inventory(address, flags, console, clock),
    )

  withBmcFlags(bmc.command('sensors'), 300)
    .description('show temperatures, fans, power and other sensors')
    .addHelpText('after', examples('sensors https://192.0.2.10', 'sensors ipmi://192.0.2.11 -o wide'))
    .action(async (address: string, flags: BmcFlags) =>
      (await import('./sensors.js')).sensors(address, flags, console, clock),
    )

  withBmcFlags(bmc.command('logs'), 300)
    .description('show the newest entries of the event logs')
    .option('--limit <entries>', 'entries at most', count, 50)
    .option('--since <duration>', 'only what is not older, for example 30m, 2h or 7d', duration)
    .option('--log <id>', 'only this log, for example Sel, Lclog or IML')
    .addHelpText(
      'after',
      examples(
        'logs https://192.0.2.10',
        'logs https://192.0.2.10 --since 2h --limit 500',
        'logs ipmi://192.0.2.11 -o json',
      ),
    )
    .action(async (address: string, flags: LogFlags) =>
      (await import('./logs.js')).logs(address, flags, console, clock),
    )

  withBmcFlags(bmc.command('plan'), 120)
    .description('show what a firmware profile would change; changes nothing')
    .option(...profileFlag)
    .addHelpText(
      'after',
      examples('plan https://192.0.2.10 --profile kata', 'plan https://192.0.2.10 --profile mine.yaml -o json'),
    )
    .action(async (address: string, flags: PlanFlags) =>
      (await import('./plan.js')).plan(address, flags, console, clock),
    )

  withBmcFlags(bmc.command('apply'), 1200)
    .description('write what the plan changes, and prove it once the server has restarted')
    .option(...profileFlag)
    .option('--restart', 'restart the server at once (forced), or start it when it is off')
    .addHelpText(
      'after',
      examples('apply https://192.0.2.10 --profile kata', 'apply https://192.0.2.10 --profile kata --restart'),
    )
    .action(async (address: string, flags: ApplyFlags) =>
      (await import('./apply.js')).apply(address, flags, console, clock),
    )

  withBmcFlags(bmc.command('power'), 600)
    .description('show or change the power of the server')
    .addArgument(new Argument('[action]', 'what to do').choices(powerVerbs).default('status' satisfies PowerVerb))
    .option('--force-after <seconds>', 'with graceful-off: cut the power after this long', positive)
    .addHelpText(
      'after',
      examples(
        'power https://192.0.2.10',
        'power https://192.0.2.10 graceful-off --force-after 180',
        'power ipmi://192.0.2.11 restart',
      ),
    )
    .action(async (address: string, verb: PowerVerb, flags: PowerFlags) =>
      (await import('./power.js')).power(address, verb, flags, console, clock),
    )

  withBmcFlags(bmc.command('boot'), 120)
    .description('show or set what the server boots next, and read it back')
    .addArgument(new Argument('[what]', 'what to boot').choices(bootVerbs).default('status' satisfies BootVerb))
    .argument('[url]', 'with http: the URL to boot from')
    .option('--continuous', 'at every boot instead of the next one')
    .addHelpText(
      'after',
      examples(
        'boot https://192.0.2.10',
        'boot https://192.0.2.10 cd',
        'boot https://192.0.2.10 http https://192.0.2.1/boot.efi',
        'boot ipmi://192.0.2.11 pxe --continuous',
        'boot https://192.0.2.10 none',
      ),
    )
    .action(async (address: string, verb: BootVerb, url: string | undefined, flags: BootFlags) =>
      (await import('./boot.js')).boot(address, verb, url, flags, console, clock),
    )

  withBmcFlags(bmc.command('media'), 300)
    .description('show the virtual media slots, insert a CD image or eject it, and read it back')
    .addArgument(new Argument('[action]', 'what to do').choices(mediaVerbs).default('status' satisfies MediaVerb))
    .argument('[url]', 'with insert: the URL of the image, as the BMC reaches it')
    .addHelpText(
      'after',
      examples(
        'media https://192.0.2.10',
        'media https://192.0.2.10 insert http://192.0.2.1/rescue.iso',
        'media https://192.0.2.10 eject',
      ),
    )
    .action(async (address: string, verb: MediaVerb, url: string | undefined, flags: BmcFlags) =>
      (await import('./media.js')).media(address, verb, url, flags, console, clock),
    )

  withBmcFlags(bmc.command('record'), 1800)
    .description('record the Redfish tree of a BMC, to be served by `katametal lab --tree`; sends only GETs')
    .argument('<target>', 'folder that does not exist yet, or FILE.tar.gz')
    .option('--redact', 'replace secrets, serial numbers, UUIDs, MAC and IP addresses, names of hosts and users')
    .option('--logs <entries>', 'entries of each log at most (default: 50, with --redact 0)', count)
    .option('--limit <resources>', 'resources at most', count, 10_000)
    .addHelpText(
      'after',
      examples(
        'record https://192.0.2.10 my-server.tar.gz --redact',
        'record https://192.0.2.10 captured/ --logs 0 --trace',
      ),
    )
    .action(async (address: string, target: string, flags: RecordFlags) =>
      (await import('./record.js')).record(address, target, flags, console, clock),
    )
  return bmc
}
