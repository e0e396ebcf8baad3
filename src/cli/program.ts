import { Command, CommanderError } from 'commander'
import type { Clock } from '../base/clock.js'
import { toKatametalError } from '../base/errors.js'
import type { Console } from './console.js'
import { exitCodeOf, exitCodes, printError } from './print/errors.js'
import { ownVersion } from './version.js'

interface Group {
  readonly name: string
  readonly description: string
  readonly load: (console: Console, clock: Clock) => Promise<Command>
}

/** Only the group that is asked for is loaded: the lab and the manager are large, and scripts call `bmc` often. */
const groups: readonly Group[] = [
  {
    name: 'lab',
    description: 'bring up simulated servers, an API server and the manager, and make the servers a cluster',
    load: async console => (await import('./lab/command.js')).labCommand(console),
  },
  {
    name: 'bmc',
    description: 'look at one server through its BMC, set its firmware, switch it; needs no Kubernetes',
    load: async (console, clock) => (await import('./bmc/command.js')).bmcCommand(console, clock),
  },
  {
    name: 'host',
    description: 'look at BareMetalHosts in a cluster and nudge them',
    load: async console => (await import('./host/command.js')).hostCommand(console),
  },
  {
    name: 'kud',
    description: 'print what a KudProfile becomes, for clusters with and without Cluster API',
    load: async console => (await import('./kud/command.js')).kudCommand(console),
  },
  {
    name: 'manager',
    description: 'run the controllers, as in a cluster',
    load: async console => (await import('./manager.js')).managerCommand(console),
  },
  {
    name: 'version',
    description: 'show the version',
    load: async console => (await import('./version.js')).versionCommand(console),
  },
]

/**
 * Runs one command line and returns its exit code (docs/cli.md). Never throws; what went wrong is told on standard
 * error. `words` are the arguments without program and script.
 */
export const run = async (words: readonly string[], console: Console, clock: Clock): Promise<number> => {
  try {
    const program = await programFor(words, console, clock)
    await program.parseAsync(words, { from: 'user' })
    return exitCodes.done
  } catch (error) {
    // Commander has told what was wrong; help and version count as done.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    const known = toKatametalError(error)
    printError(console, known)
    return exitCodeOf(known)
  }
}

const programFor = async (words: readonly string[], console: Console, clock: Clock): Promise<Command> => {
  const program = new Command('katametal')
    .description('from racked servers to Kubernetes nodes that run tenants in VMs')
    .version(ownVersion(), '-V, --version')
    .exitOverride()
    .showHelpAfterError('(run it with --help to see what it takes)')
    .configureOutput({
      writeOut: text => console.out.write(text),
      writeErr: text => console.err.write(text),
      getOutHelpWidth: () => console.out.columns,
      getErrHelpWidth: () => console.err.columns,
    })
    .addHelpText(
      'after',
      '\nExamples:\n  $ katametal lab\n  $ katametal bmc doctor https://192.0.2.10\n  $ katametal host list -A',
    )
  const wanted = words.find(word => !word.startsWith('-') && word !== 'help') ?? ''
  for (const { name, description, load } of groups) {
    const command = name === wanted ? await load(console, clock) : new Command(name)
    program.addCommand(command.description(description))
  }
  inherit(program)
  return program
}

/** Commands that were made apart get the output and the ways of the program, as those made by `.command()` do. */
const inherit = (command: Command): void => {
  for (const child of command.commands) inherit(child.copyInheritedSettings(command))
}
