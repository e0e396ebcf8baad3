import { type HostFirmware, hostFirmware } from '../../api/metal/host-firmware.js'
import { type HostInventory, hostInventory } from '../../api/metal/host-inventory.js'
import { hostAnnotations } from '../../api/metal/group.js'
import { type Node, nodes, typeOf } from '../../src/kube/resource-types.js'
import { findParts } from '../../src/lab/bmc/parts.js'
import type { FleetMachine } from '../../src/lab/fleet.js'
import { labNamespace } from '../../src/lab/lab.js'
import type { Site } from '../support/site.js'

/** Everything about a host and its server that must not depend on where a manager was killed on the way. */
export const endStateOf = async (site: Site, name: string): Promise<Readonly<Record<string, unknown>>> => {
  const { client } = site.lab
  const host = await site.hosts.find(labNamespace, name)
  const inventory = await client.resource<HostInventory>(typeOf(hostInventory)).find(labNamespace, name)
  const firmware = await client.resource<HostFirmware>(typeOf(hostFirmware)).find(labNamespace, name)
  const machines = await site.machines.list({ namespace: labNamespace })
  const allNodes = await client.resource<Node>(nodes).list()
  return {
    place: [host?.status?.state, host?.status?.step],
    conditions: Object.fromEntries(
      (host?.status?.conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
    ),
    finalizers: host?.metadata.finalizers,
    labels: Object.keys(host?.metadata.labels ?? {}).sort(),
    annotations: Object.keys(host?.metadata.annotations ?? {}).sort(),
    image: host?.spec.image,
    installed: pick(host?.metadata.annotations?.[hostAnnotations.installed]),
    status: host?.status && {
      intent: host.status.intent?.command,
      operationID: host.status.operationID,
      poweredOn: host.status.poweredOn,
      attempt: host.status.attempt,
      retryTime: host.status.retryTime,
      progress: host.status.progress,
      hardware: host.status.hardware,
      firmwareDigest: host.status.firmwareDigest,
      firstBoot: host.status.firstBoot && { ...host.status.firstBoot, operationID: '', time: '' },
      node: host.status.node,
      addresses: host.status.addresses,
      handledReboots: host.status.handledReboots,
    },
    inventory: inventory && {
      ...inventory.spec,
      provenance: inventory.spec.provenance?.map(({ path, source }) => `${path} ${source}`),
    },
    firmware: firmware && {
      spec: firmware.spec,
      attributes: firmware.status?.attributes,
      pending: firmware.status?.pending,
      plan: firmware.status?.plan,
      proof: firmware.status?.proof?.map(({ knob, proven }) => `${knob} ${proven}`),
    },
    machines: machines.map(({ metadata, status }) => `${metadata.name} ${status?.phase ?? ''}`),
    nodes: allNodes.map(
      ({ metadata, spec, status }) =>
        `${metadata.name} ${spec?.providerID ?? ''} ${status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? ''}`,
    ),
    server: serverOf(site.server(name)),
  }
}

const serverOf = ({ server, bmc }: FleetMachine) => {
  const parts = findParts(bmc.tree)
  const boot = bmc.tree.body(parts.system)?.['Boot'] as Record<string, unknown> | undefined
  return {
    power: bmc.power,
    state: server.state,
    disks: server.disks.map(({ installed }) =>
      installed === undefined
        ? 'nothing'
        : `${installed.digest} ${installed.bootData === undefined ? 'no boot data' : 'boot data'} ${installed.bootstrapped?.hostName ?? ''}`,
    ),
    bios: bmc.bios.current,
    pending: bmc.bios.pending,
    inserted: parts.media.filter(path => bmc.tree.body(path)?.['Inserted'] === true),
    override: boot?.['BootSourceOverrideEnabled'],
  }
}

/** What is installed, without when and by which operation. */
const pick = (annotation: string | undefined): unknown => {
  if (annotation === undefined) return undefined
  const { url, checksum } = JSON.parse(annotation) as Record<string, unknown>
  return { url, checksum }
}
