import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, sleep } from '../../base/clock.js'
import { KatametalError, toKatametalError } from '../../base/errors.js'
import type { AgentLog } from '../agent-log.js'
import type { Nic } from '../inventory/nics.js'
import type { RunProgram } from '../programs.js'
import { parseNetwork } from './parse.js'
import type { Link, NetworkPlan } from './plan.js'

export interface NetworkWorld {
  /** `/`, where sysfs and etc are. */
  readonly root: string
  readonly nics: () => Promise<readonly Nic[]>
  readonly run: RunProgram
  readonly clock: Clock
  readonly log: AgentLog
  readonly signal: AbortSignal
}

/** Drivers of some adapters take their time to show an interface, and a link even more. */
const nicPatienceMs = 60_000
const dhcpMs = 90_000

/**
 * Brings up the network: as the settings say, else by DHCP on the adapter with `mac`, else on whichever adapter gets a
 * lease first. Throws AgentFailed when no network came up.
 */
export const setUpNetwork = async (
  { mac, network }: { readonly mac?: string | undefined; readonly network?: string | undefined },
  world: NetworkWorld,
): Promise<void> => {
  const { run, log } = world
  await run('ip', ['link', 'set', 'lo', 'up'])
  if (network !== undefined) return applyPlan(parseNetwork(network), world)
  const nics = await waitForNics(world, mac)
  for (const { name } of nics) await run('ip', ['link', 'set', name, 'up'])
  const first = await Promise.any(nics.map(({ name }) => dhcp(name, world))).catch((error: unknown) => {
    throw noNetwork(
      `no DHCP server answered on ${nics.map(({ name }) => name).join(', ')}`,
      error instanceof AggregateError ? error.errors[0] : error,
    )
  })
  log.say(`network: ${first} by DHCP`)
}

/** The adapters to try: the one with `mac` when it is there, else all. */
const waitForNics = async ({ nics, clock, signal }: NetworkWorld, mac: string | undefined): Promise<readonly Nic[]> => {
  const end = clock.now() + nicPatienceMs
  for (;;) {
    const found = await nics()
    const wanted = found.filter(nic => nic.mac === mac)
    if (wanted.length > 0) return wanted
    // A MAC that is not here after a while may be that of a bond or a mistake: any network is better than none.
    if (found.length > 0 && (mac === undefined || clock.now() > end - nicPatienceMs / 2)) return found
    if (clock.now() > end) throw noNetwork('the kernel found no network adapter')
    await sleep(clock, 200, signal)
  }
}

/** The name of the interface, once it has a lease. */
const dhcp = async (name: string, { run }: NetworkWorld): Promise<string> => {
  const words = ['-i', name, '-q', '-n', '-f', '-t', '20', '-T', '2', '-s', '/etc/udhcpc-script']
  await run('udhcpc', words, { timeoutMs: dhcpMs })
  return name
}

const applyPlan = async (plan: NetworkPlan, world: NetworkWorld): Promise<void> => {
  const { root, log, run } = world
  if (plan.nameservers.length > 0)
    await writeFile(join(root, 'etc/resolv.conf'), plan.nameservers.map(server => `nameserver ${server}\n`).join(''))
  const dynamic: Promise<string>[] = []
  for (const link of plan.links) {
    await makeLink(link, world)
    for (const address of link.addresses) await run('ip', ['address', 'replace', address, 'dev', link.name])
    for (const { to, via } of link.routes) await run('ip', ['route', 'replace', to, 'via', via, 'dev', link.name])
    if (link.dhcp) dynamic.push(dhcp(link.name, world))
  }
  await Promise.all(dynamic)
  log.say(`network: ${plan.links.map(({ name, kind }) => `${name} (${kind})`).join(', ')} as the settings say`)
}

const makeLink = async (link: Link, world: NetworkWorld): Promise<void> => {
  const { run, root } = world
  switch (link.kind) {
    case 'physical':
      await nameAdapter(link, world)
      break
    case 'bond':
      await makeBond(link, run, root)
      break
    case 'vlan':
      await run('ip', ['link', 'add', 'link', link.parent, 'name', link.name, 'type', 'vlan', 'id', String(link.id)])
      break
  }
  if (link.mtu !== undefined) await run('ip', ['link', 'set', link.name, 'mtu', String(link.mtu)])
  await run('ip', ['link', 'set', link.name, 'up'])
}

/** The kernel names adapters by the order in which their drivers start; the settings name them by MAC. */
const nameAdapter = async ({ name, mac }: { name: string; mac: string | undefined }, world: NetworkWorld) => {
  const [nic] = await waitForNics(world, mac)
  const found =
    mac === undefined ? (await world.nics()).find(each => each.name === name) : nic?.mac === mac ? nic : undefined
  if (found === undefined) throw noNetwork(`there is no adapter ${name}${mac === undefined ? '' : ` with MAC ${mac}`}`)
  if (found.name === name) return
  await world.run('ip', ['link', 'set', found.name, 'down'])
  await world.run('ip', ['link', 'set', found.name, 'name', name])
}

/** Options are set before members are added and before it is up (Documentation/networking/bonding section 3.4). */
const makeBond = async (bond: Extract<Link, { kind: 'bond' }>, run: RunProgram, root: string): Promise<void> => {
  await run('modprobe', ['-q', '-a', 'bonding']).catch(() => undefined)
  await run('ip', ['link', 'add', bond.name, 'type', 'bond'])
  const set = (option: string, value: string) =>
    writeFile(join(root, 'sys/class/net', bond.name, 'bonding', option), value)
  const { primary, ...options } = bond.options
  for (const [option, value] of Object.entries(options)) await set(option, value)
  if (bond.mac !== undefined) await run('ip', ['link', 'set', bond.name, 'address', bond.mac])
  for (const member of bond.members) {
    await run('ip', ['link', 'set', member, 'down'])
    await run('ip', ['link', 'set', member, 'master', bond.name])
  }
  if (primary !== undefined) await set('primary', primary)
}

const noNetwork = (seen: string, cause?: unknown): KatametalError =>
  new KatametalError('AgentFailed', {
    about: 'network',
    seen: cause === undefined ? seen : `${seen} (${toKatametalError(cause).message})`,
  })
