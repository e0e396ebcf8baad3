import { Command } from 'commander'
import { systemClock } from '../../base/clock.js'
import { outputOption } from '../bmc/flags.js'
import type { Console } from '../console.js'
import { explain, type HostFlags, listHosts, retryHost, showHost } from './verbs.js'

/** `katametal host ...`: hosts as objects of a Kubernetes cluster. */
export const hostCommand = (console: Console): Command => {
  const command = new Command('host').description('look at BareMetalHosts in a cluster and nudge them')
  withFlags(command.command('list'))
    .description('list hosts')
    .option('-A, --all-namespaces', 'in all namespaces')
    .addHelpText(
      'after',
      examples('katametal host list -A -o wide', "katametal host list -o json | jq '.[].status.state'"),
    )
    .action((flags: HostFlags) => listHosts(console, flags, systemClock))
  withFlags(command.command('show').argument('<name>', 'name of the BareMetalHost'))
    .description('show one host with its hardware, firmware and conditions')
    .addHelpText('after', examples('katametal host show rack1-u7', 'katametal host show rack1-u7 -o yaml'))
    .action((name: string, flags: HostFlags) => showHost(console, name, flags))
  withFlags(command.command('explain').argument('<name>', 'name of the BareMetalHost'))
    .description('say why a host is where it is, until when, and what would move it')
    .addHelpText('after', examples('katametal host explain rack1-u7', 'katametal host explain rack1-u7 -o json'))
    .action((name: string, flags: HostFlags) => explain(console, name, flags, systemClock))
  withFlags(command.command('retry').argument('<name>', 'name of the BareMetalHost'))
    .description('end the back-off of a host: it is looked at again at once')
    .addHelpText('after', examples('katametal host retry rack1-u7'))
    .action((name: string, flags: HostFlags) => retryHost(console, name, flags, systemClock))
  return command
}

const withFlags = (command: Command): Command =>
  command
    .option('--kubeconfig <file>', 'kubeconfig (default: KUBECONFIG, ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig')
    .option('-n, --namespace <name>', 'namespace (default: that of the context)')
    .addOption(outputOption())

const examples = (...lines: readonly string[]): string => `\nExamples:\n${lines.map(line => `  ${line}`).join('\n')}\n`
