import { Command, InvalidArgumentError, Option } from 'commander'
import type { Console } from '../console.js'
import { type LabFlags, runLab } from './run.js'

/** `katametal lab`: the whole system on this machine, with simulated servers. */
export const labCommand = (console: Console): Command =>
  new Command('lab')
    .description('bring up simulated servers, an API server and the manager, and make the servers a cluster')
    .option('--hosts <number>', 'how many servers', count, 4)
    .option('--machines <number>', 'how many Machines the cluster has; 0 leaves all hosts Available', count, 4)
    .option(
      '--tree, --trees <path...>',
      'captured Redfish trees instead of the built-in servers: folders or .tar.gz/.tar.xz',
      [],
    )
    .option('--speed <factor>', 'divide all simulated durations by this', factor, 1)
    .option('--profile <name>', 'firmware profile for every host', 'kata')
    .option('--folder <path>', 'where the lab keeps its files', '.lab')
    .option(
      '--kubernetes <path>',
      'folder with the programs of a real Kubernetes and Cluster API, as `make kubernetes` prints it',
    )
    .option('--once', 'end as soon as everything runs', false)
    .option('--timeout <seconds>', 'give up after this long', count, 300)
    .addOption(
      new Option('--log-level <level>', 'log of the manager and the servers, on standard error')
        .choices(['silent', 'error', 'warn', 'info', 'debug', 'trace'])
        .default('silent'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  katametal lab\n  katametal lab --kubernetes "$(make -s kubernetes)"\n  katametal lab --trees captured/ --once\n  katametal lab --hosts 12 --machines 8 --speed 4\n',
    )
    .action((flags: LabFlags) => runLab(flags, console.out, console.signal))

const count = (text: string): number => {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('a whole number')
  return Number(text)
}

const factor = (text: string): number => {
  const value = Number(text)
  if (!(value > 0 && value <= 1000)) throw new InvalidArgumentError('a number greater than 0')
  return value
}
