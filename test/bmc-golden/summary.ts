import type { HostInventorySpec } from '../../api/metal/host-inventory.js'

/** The output of `bmc inspect -o json` in counts and totals, as the golden files have them. */
export const summaryOf = (seen: HostInventorySpec) => {
  const { system, processors, memory, nics = [], storage, pcieDevices = [], powerSupplies = [] } = seen
  const ofClass = (name: string) => pcieDevices.filter(one => one.class === name).length
  return {
    system: {
      manufacturer: system?.manufacturer,
      model: system?.model,
      biosVersion: system?.biosVersion,
      health: system?.health,
    },
    processors: {
      count: processors?.count,
      cores: processors?.cores,
      threads: processors?.threads,
      architecture: processors?.architecture,
      model: processors?.sockets?.[0]?.model,
    },
    memory: { totalMiB: memory?.totalMiB, modules: memory?.modules?.length, type: memory?.modules?.[0]?.type },
    nics: {
      count: nics.length,
      up: nics.filter(one => one.linkUp === true).length,
      sriov: nics.filter(one => one.sriov === true).length,
    },
    storage: {
      controllers: storage?.controllers?.length,
      drives: storage?.drives?.length,
      bytes: total((storage?.drives ?? []).map(one => one.sizeBytes)),
      volumes: storage?.volumes?.length,
    },
    pcie: {
      devices: pcieDevices.length,
      NetworkController: ofClass('NetworkController'),
      MassStorageController: ofClass('MassStorageController'),
      DisplayController: ofClass('DisplayController'),
    },
    gpus: (seen.gpus ?? []).map(one => one.model),
    tpms: (seen.tpms ?? []).map(one => one.type),
    chassis: (seen.chassis ?? []).map(one => one.type),
    powerSupplies: { count: powerSupplies.length, watts: total(powerSupplies.map(one => one.capacityWatts)) },
    firmware: seen.firmware?.length,
    health: seen.health?.state,
    problems: seen.problems?.length,
  }
}

const total = (numbers: readonly (number | undefined)[]): number =>
  numbers.reduce<number>((sum, one) => sum + (one ?? 0), 0)
