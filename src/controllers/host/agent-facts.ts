import type { HostInventorySpec } from '../../../api/metal/host-inventory.js'
import type { AgentHello } from '../../deploy/protocol.js'

type Told = AgentHello['inventory']
type Nic = NonNullable<HostInventorySpec['nics']>[number]

/**
 * The inventory with what the agent saw laid over it; `provenance` says which parts are the agent's. Where the BMC knows
 * more of a thing (the place of a NIC, the modules of the memory), the agent only adds to it. Pure.
 */
export const withAgentFacts = (known: HostInventorySpec, told: Told, time: string): HostInventorySpec => {
  const { paths, spec } = overlay(known, told)
  return {
    ...spec,
    provenance: [
      ...(known.provenance ?? []).filter(({ path }) => !paths.includes(path)),
      ...paths.map(path => ({ path, source: 'agent' as const, time })),
    ],
  }
}

const overlay = (known: HostInventorySpec, told: Told): { paths: string[]; spec: HostInventorySpec } => {
  const paths: string[] = []
  const spec: HostInventorySpec = { ...known }
  const { system, processors, memory, nics, drives, virtualization } = told
  if (system !== undefined) {
    // Only a running system knows how it was booted; its SMBIOS says what the BMC says, where that says anything.
    spec.system = { ...system, ...known.system, ...bootFacts(system) }
    paths.push(...added('/system', known.system, spec.system))
  }
  if (processors !== undefined) {
    const { flags, architecture, threads } = processors
    spec.processors = {
      ...(architecture === undefined ? {} : { architecture }),
      ...(threads === undefined ? {} : { threads }),
      ...known.processors,
      ...(flags === undefined ? {} : { flags }),
    }
    paths.push(...added('/processors', known.processors, spec.processors))
  }
  if (memory !== undefined && known.memory?.totalMiB === undefined) {
    spec.memory = { ...known.memory, ...memory }
    paths.push('/memory/totalMiB')
  }
  if (nics !== undefined && nics.length > 0) {
    spec.nics = mergeNics(known.nics ?? [], nics)
    paths.push('/nics')
  }
  if (drives.length > 0) {
    spec.storage = { ...known.storage, drives }
    paths.push('/storage/drives')
  }
  if (virtualization !== undefined) {
    spec.virtualization = virtualization
    paths.push('/virtualization')
  }
  return { paths, spec }
}

const bootFacts = ({ bootMode, secureBoot, tpm }: NonNullable<Told['system']>) => ({
  ...(bootMode === undefined ? {} : { bootMode }),
  ...(secureBoot === undefined ? {} : { secureBoot }),
  ...(tpm === undefined ? {} : { tpm }),
})

/** Pointers to the members that differ from what was known. */
const added = (path: string, before: object | undefined, after: object): string[] =>
  Object.entries(after)
    .filter(
      ([name, value]) =>
        JSON.stringify((before as Record<string, unknown> | undefined)?.[name]) !== JSON.stringify(value),
    )
    .map(([name]) => `${path}/${name}`)

/** By MAC address; the BMC's name stays, because it tells where the port is. */
const mergeNics = (known: readonly Nic[], told: NonNullable<Told['nics']>): Nic[] => {
  const keyOf = ({ mac }: Nic): string => mac?.toLowerCase() ?? ''
  const heard = new Map(told.map(nic => [keyOf(nic), nic]))
  const merged = known.map(nic => {
    const other = heard.get(keyOf(nic))
    heard.delete(keyOf(nic))
    return other === undefined
      ? nic
      : { ...other, ...nic, ...(other.linkUp === undefined ? {} : { linkUp: other.linkUp }) }
  })
  return [...merged, ...heard.values()]
}
