import { Argument, Command, Option } from 'commander'
import type { Console } from '../console.js'
import { type RenderFlags, renderParts } from './render-parts.js'

/** `katametal kud ...`: what a KudProfile becomes, without any cluster. */
export const kudCommand = (console: Console): Command => {
  const kud = new Command('kud')
  kud
    .command('render')
    .description('print what a KudProfile becomes: the node layer, runtime classes and tenant policy')
    .addArgument(new Argument('<profile>', 'a shipped profile (edge, edge-passthrough) or a file with a KudProfile'))
    .addOption(new Option('--part <part>', 'what to print').choices(renderParts).default('all'))
    .option('--without-kata', 'the node layer of a node that runs no Kata')
    .option('--namespace <name...>', 'namespaces of tenants, whose limits and network policies are printed as well')
    .addOption(
      new Option('-o, --output <format>', 'text, or parts as an object')
        .choices(['text', 'json', 'yaml'])
        .default('text'),
    )
    .addHelpText(
      'after',
      `
Parts:
  vendor-data      script for the first boot of a node (cloud-init vendor data)
  script           script for a node that is in a cluster already
  runtimeclasses   RuntimeClasses
  tenancy          admission policies for namespaces of tenants; with --namespace also what such a namespace gets

Examples:
  $ katametal kud render edge --part script >kata.sh && scp kata.sh node1: && ssh node1 sudo bash kata.sh
  $ katametal kud render edge --part runtimeclasses | kubectl apply -f -
  $ katametal kud render mine.yaml --part tenancy --namespace team-a | kubectl apply -f -
`,
    )
    .action(async (profile: string, flags: RenderFlags) =>
      (await import('./render.js')).render(profile, flags, console),
    )
  return kud
}
