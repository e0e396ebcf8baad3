import type { KataMetalMachineTemplate } from '../../../api/infrastructure/kata-metal-machine-template.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { HostInventory } from '../../../api/metal/host-inventory.js'
import { sizeOf } from '../machine/needs.js'
import { unsuitability, type Wish } from '../machine/select.js'

type Status = NonNullable<KataMetalMachineTemplate['status']>

/** What kubelet takes when nobody says otherwise. */
const podsPerNode = 110

/**
 * What a Node of the template offers at least (contract of infrastructure providers, autoscaling from zero): the least of
 * all hosts of the namespace that match selector and needs, free or not. Hosts of which nothing is known are left out; when
 * that leaves none, the needs themselves are all that is certain. Pure.
 */
export const capacityOf = (
  { spec }: KataMetalMachineTemplate,
  hosts: readonly BareMetalHost[],
  inventoryOf: (host: BareMetalHost) => HostInventory | undefined,
): Status => {
  const wish: Wish = {
    // An image can still come from the host.
    spec: { image: { url: 'any' }, ...spec.template.spec },
    failureDomain: undefined,
    failureDomainLabel: '',
    pool: undefined,
  }
  const fitting = hosts.filter(host => unsuitability(wish, host, sizeOf(host, inventoryOf(host))) === undefined)
  const { needs } = spec.template.spec
  const cpu = least(fitting.map(host => threadsOf(host, inventoryOf(host)))) ?? needs?.cores
  const memory = leastMemory(fitting, inventoryOf) ?? needs?.memory
  if (cpu === undefined && memory === undefined) return {}
  return {
    capacity: {
      ...(cpu === undefined ? {} : { cpu: String(cpu) }),
      ...(memory === undefined ? {} : { memory }),
      pods: String(podsPerNode),
    },
    nodeInfo: { architecture: architectureOf(fitting, inventoryOf), operatingSystem: 'linux' },
  }
}

/** A CPU of Kubernetes is a thread; where only cores are known they are certain. */
const threadsOf = (host: BareMetalHost, inventory: HostInventory | undefined): number | undefined =>
  inventory?.spec.processors?.threads ??
  host.status?.hardware?.threads ??
  inventory?.spec.processors?.cores ??
  host.status?.hardware?.cores

const leastMemory = (
  hosts: readonly BareMetalHost[],
  inventoryOf: (host: BareMetalHost) => HostInventory | undefined,
): string | undefined => {
  const bytes = least(hosts.map(host => sizeOf(host, inventoryOf(host)).memoryBytes))
  return bytes === undefined ? undefined : `${Math.floor(bytes / 1024 ** 2)}Mi`
}

const least = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter(value => value !== undefined && value > 0)
  return known.length === 0 ? undefined : Math.min(...(known as number[]))
}

/** Only when all known ones agree on another is it not amd64: katametal is made for Xeon servers. */
const architectureOf = (
  hosts: readonly BareMetalHost[],
  inventoryOf: (host: BareMetalHost) => HostInventory | undefined,
): 'amd64' | 'arm64' => {
  const arm = hosts.filter(host =>
    /^(arm|aarch64)/i.test(inventoryOf(host)?.spec.processors?.architecture ?? host.spec.architecture ?? ''),
  )
  return hosts.length > 0 && arm.length === hosts.length ? 'arm64' : 'amd64'
}
