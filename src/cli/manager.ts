import { setFlagsFromString } from 'node:v8'
import { Command, InvalidArgumentError, Option } from 'commander'
import { systemClock } from '../base/clock.js'
import { createLogger, type LogLevel } from '../base/log.js'
import { openBootImages } from '../deploy/boot-image-folder.js'
import { loadApiAccess } from '../kube/kubeconfig.js'
import { startManager } from '../main.js'
import type { Console } from './console.js'

interface ManagerFlags {
  readonly kubeconfig?: string
  readonly namespace?: string
  readonly watchFilter?: string
  readonly ownNamespace: string
  readonly leaderElect: boolean
  readonly deployAddress: HostPort
  readonly advertisedUrl?: string
  readonly bootImage: string
  readonly netbootFolder?: string
  readonly probesAddress: HostPort
  readonly concurrency: number
  readonly agentPatience: number
  readonly logLevel: LogLevel
}

interface HostPort {
  readonly address: string
  readonly port: number
}

/** `katametal manager`: the provisioning controller. Ends with 0 on SIGINT or SIGTERM, with 1 when the lease is lost. */
export const managerCommand = (console: Console): Command =>
  new Command('manager')
    .description('run the provisioning controller and Cluster API infrastructure provider')
    .option('--kubeconfig <file>', 'kubeconfig (default: the ServiceAccount of the pod, else KUBECONFIG)')
    .option('--namespace <name>', 'only look at objects of this namespace')
    .option('--watch-filter <value>', 'only look at Cluster API objects with this cluster.x-k8s.io/watch-filter label')
    .option('--own-namespace <name>', 'where the Lease and the keys of the manager are kept', 'katametal-system')
    .option('--no-leader-elect', 'run without a Lease: only when no other manager runs')
    .option('--deploy-address <host:port>', 'where servers fetch boot media and agents call', hostPort, {
      address: '0.0.0.0',
      port: 8443,
    })
    .option('--advertised-url <url>', 'the deploy address as servers reach it, for example https://192.0.2.5:8443')
    .requiredOption('--boot-image <path>', 'folder that `make ramdisk` made (boot.iso, boot.efi), or an ISO alone')
    .option('--netboot-folder <folder>', 'write there what dnsmasq needs for network boot (docs/boot-image.md)')
    .option('--probes-address <host:port>', 'where /metrics, /healthz and /readyz are served', hostPort, {
      address: '0.0.0.0',
      port: 8080,
    })
    .option('--concurrency <hosts>', 'hosts worked on at once; most of that time goes to waiting for BMCs', count, 64)
    .option(
      '--agent-patience <seconds>',
      'boot a server again when its deploy agent has not called for so long',
      count,
      900,
    )
    .addOption(
      new Option('--log-level <level>', 'how much to log')
        .choices(['error', 'warn', 'info', 'debug', 'trace'])
        .default('info'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  katametal manager --boot-image dist/ramdisk-generic --advertised-url https://192.0.2.5:8443\n  katametal manager --kubeconfig ~/.kube/config --boot-image dist/ramdisk-generic --no-leader-elect --log-level debug\n',
    )
    .action((flags: ManagerFlags) => runManager(console, flags))

const runManager = async ({ signal, environment }: Console, flags: ManagerFlags): Promise<void> => {
  // Left alone, V8 lets the heap grow to several times what is alive before it collects; a manager is full of answers
  // that were used once. This costs no CPU that could be measured and halves the growth (docs/benchmarks.md).
  setFlagsFromString('--heap-growing-percent=40')
  const inCluster = flags.kubeconfig === undefined && environment['KUBERNETES_SERVICE_HOST'] !== undefined
  const manager = await startManager({
    access: await loadApiAccess(flags.kubeconfig === undefined ? { inCluster } : { kubeconfig: flags.kubeconfig }),
    ownNamespace: flags.ownNamespace,
    ...(flags.namespace === undefined ? {} : { watchNamespace: flags.namespace }),
    ...(flags.watchFilter === undefined ? {} : { watchFilter: flags.watchFilter }),
    leaderElection: flags.leaderElect,
    deploy: {
      ...flags.deployAddress,
      ...(flags.advertisedUrl === undefined ? {} : { advertisedURL: flags.advertisedUrl }),
    },
    bootImages: await openBootImages(flags.bootImage),
    ...(flags.netbootFolder === undefined ? {} : { netbootFolder: flags.netbootFolder }),
    probes: flags.probesAddress,
    concurrency: flags.concurrency,
    agentPatienceMs: flags.agentPatience * 1000,
    clock: systemClock,
    log: createLogger(flags.logLevel),
  })
  const stopped = new Promise<void>(resolve => {
    signal.addEventListener('abort', () => void manager.stop().then(resolve), { once: true })
    if (signal.aborted) void manager.stop().then(resolve)
  })
  await Promise.race([stopped, manager.done])
}

/** host:port, with IPv6 literals in brackets. */
const hostPort = (text: string): HostPort => {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]*)):(\d{1,5})$/.exec(text)
  if (match === null || Number(match[3]) > 65_535) throw new InvalidArgumentError('host:port, with IPv6 in brackets')
  return {
    address: match[1] ?? (match[2] === '' || match[2] === undefined ? '0.0.0.0' : match[2]),
    port: Number(match[3]),
  }
}

const count = (text: string): number => {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('a number from 1 to 9999')
  return Number(text)
}
