import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { type HostFirmware, hostFirmware } from '../../../api/metal/host-firmware.js'
import { type HostInventory, hostInventory } from '../../../api/metal/host-inventory.js'
import { hostAnnotations } from '../../../api/metal/group.js'
import { type Clock, rfc3339 } from '../../base/clock.js'
import { typeOf } from '../../kube/resource-types.js'
import type { Console } from '../console.js'
import { type Column, type OutputFormat, print } from '../print/table.js'
import { durationText } from '../print/duration.js'
import { type Explanation, explainHost } from './explain.js'
import { type KubernetesFlags, withCluster } from './kubernetes.js'

export interface HostFlags extends KubernetesFlags {
  readonly output: OutputFormat
  readonly allNamespaces?: boolean
}

/** `katametal host list` */
export const listHosts = (console: Console, flags: HostFlags, clock: Clock): Promise<void> =>
  withCluster(flags, async ({ hosts, namespace }) => {
    const found = await hosts.list({
      ...(flags.allNamespaces === true ? {} : { namespace }),
      signal: console.signal,
    })
    print(console, flags.output, {
      columns: [
        ...(flags.allNamespaces === true ? [{ title: 'namespace', cell: namespaceOf }] : []),
        ...listColumns(clock.now()),
      ],
      rows: found,
      data: found,
      remarks: found.length === 0 ? ['No BareMetalHosts found.'] : [],
    })
  })

/** `katametal host show <name>` */
export const showHost = (console: Console, name: string, flags: HostFlags): Promise<void> =>
  withCluster(flags, async ({ client, hosts, namespace }) => {
    const { signal } = console
    const host = await hosts.get(namespace, name, { signal })
    const inventory = await client.resource<HostInventory>(typeOf(hostInventory)).find(namespace, name, { signal })
    const firmware = await client.resource<HostFirmware>(typeOf(hostFirmware)).find(namespace, name, { signal })
    print(console, flags.output, {
      columns: factColumns,
      rows: factsOf(host, inventory, firmware),
      data: {
        host,
        ...(inventory === undefined ? {} : { inventory }),
        ...(firmware === undefined ? {} : { firmware }),
      },
    })
  })

/** `katametal host explain <name>` */
export const explain = (console: Console, name: string, flags: HostFlags, clock: Clock): Promise<void> =>
  withCluster(flags, async ({ hosts, namespace }) => {
    const explanation = explainHost(await hosts.get(namespace, name, { signal: console.signal }), clock.now())
    print(console, flags.output, { columns: factColumns, rows: explanationRows(explanation), data: explanation })
  })

/** `katametal host retry <name>` */
export const retryHost = (console: Console, name: string, flags: HostFlags, clock: Clock): Promise<void> =>
  withCluster(flags, async ({ hosts, namespace }) => {
    await hosts.mergePatch(
      namespace,
      name,
      { metadata: { annotations: { [hostAnnotations.retryNow]: rfc3339(clock.now()) } } },
      { signal: console.signal },
    )
    console.out.write(`${namespace}/${name} is looked at again at once; see \`katametal host explain ${name}\`.\n`)
  })

const namespaceOf = (host: BareMetalHost): string => host.metadata.namespace ?? ''

const conditionOf = (host: BareMetalHost, type: string) =>
  host.status?.conditions?.find(condition => condition.type === type)

const listColumns = (now: number): Column<BareMetalHost>[] => [
  { title: 'name', cell: host => host.metadata.name },
  { title: 'state', cell: host => host.status?.state },
  { title: 'step', cell: host => host.status?.step },
  { title: 'for', cell: host => ageText(host.status?.since, now) },
  { title: 'power', cell: host => powerText(host.status?.poweredOn) },
  { title: 'kata', cell: host => conditionOf(host, 'KataCapable')?.reason },
  { title: 'consumer', cell: host => host.spec.consumerRef?.name },
  {
    title: 'ready',
    cell: host => conditionOf(host, 'Ready')?.reason,
    tone: host => (conditionOf(host, 'Ready')?.status === 'True' ? 'good' : 'warn'),
  },
  { title: 'model', cell: host => host.status?.hardware?.model, wide: true },
  { title: 'bmc', cell: host => host.spec.bmc.address, wide: true },
  { title: 'message', cell: host => conditionOf(host, 'Ready')?.message, wide: true },
]

type Fact = readonly [name: string, value: string | undefined]

const factColumns: Column<Fact>[] = [
  { title: 'what', cell: ([name]) => name },
  { title: 'value', cell: ([, value]) => value },
]

const factsOf = (
  host: BareMetalHost,
  inventory: HostInventory | undefined,
  firmware: HostFirmware | undefined,
): Fact[] => {
  const { status } = host
  return [
    ['host', `${namespaceOf(host)}/${host.metadata.name}`],
    ['state', [status?.state, status?.step].filter(part => part !== undefined).join('/')],
    ['power', powerText(status?.poweredOn)],
    ['bmc', host.spec.bmc.address],
    ['controller', [status?.bmc?.product, status?.bmc?.firmwareVersion].filter(part => part !== undefined).join(' ')],
    ['boots by', status?.bmc?.bootMethods?.join(', ')],
    ['model', [status?.hardware?.manufacturer, status?.hardware?.model].filter(part => part !== undefined).join(' ')],
    ['serial', status?.hardware?.serialNumber],
    ['processor', status?.hardware?.processor],
    ['cores', status?.hardware?.cores?.toString()],
    ['memory', status?.hardware?.memoryMiB === undefined ? undefined : `${status.hardware.memoryMiB} MiB`],
    ['BIOS', inventory?.spec.system?.biosVersion],
    ['consumer', host.spec.consumerRef?.name],
    ['image', status?.installed?.url],
    ['node', status?.node?.name],
    ...(firmware?.status?.plan ?? []).map((row): Fact => [`knob ${row.knob}`, `${row.outcome}: ${row.evidence}`]),
    ...(status?.conditions ?? []).map((each): Fact => [each.type, `${each.status} (${each.reason}) ${each.message}`]),
  ]
}

const explanationRows = (explanation: Explanation): Fact[] => [
  ['host', explanation.host],
  ['state', explanation.state],
  ['step', explanation.step],
  ['for', explanation.forMs === undefined ? undefined : durationText(explanation.forMs)],
  ['awaiting', explanation.awaiting],
  [
    'failure',
    explanation.failure === undefined
      ? undefined
      : `${explanation.failure.message} (${explanation.failure.code}, try ${explanation.failure.attempt})`,
  ],
  [
    'next look',
    explanation.nextLookWithinMs === undefined ? undefined : `within ${durationText(explanation.nextLookWithinMs)}`,
  ],
  ['deadline', explanation.deadlineInMs === undefined ? 'none' : deadlineText(explanation.deadlineInMs)],
  ['unblock', explanation.unblock],
  ...explanation.lastAnswers.map((each): Fact => [`asked ${each.time}`, `${each.what}: ${each.answer}`]),
]

const deadlineText = (ms: number): string => (ms >= 0 ? `in ${durationText(ms)}` : `passed ${durationText(-ms)} ago`)

const ageText = (since: string | undefined, now: number): string | undefined =>
  since === undefined ? undefined : durationText(Math.max(0, now - Date.parse(since)))

const powerText = (on: boolean | undefined): string | undefined => (on === undefined ? undefined : on ? 'on' : 'off')
