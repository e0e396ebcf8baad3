import { addBios } from './bios-resources.js'
import { TreeBuilder } from './builder.js'
import { addSystem } from './computer-system.js'
import type { Identity, MachineSpec } from './machine-spec.js'
import { addEnclosure, addServices } from './services.js'

/** All resources that every persona has; vendor files add theirs. */
export const buildMachine = (spec: MachineSpec, identity: Identity): TreeBuilder => {
  const builder = new TreeBuilder()
  addBios(builder, spec)
  addSystem(builder, spec, identity)
  addEnclosure(builder, spec, identity)
  addServices(builder, spec, identity)
  return builder
}

/** The boot part of a ComputerSystem. */
export const bootWith = (
  targets: readonly string[],
  options: { readonly httpBoot?: boolean; readonly enabled?: readonly string[] } = {},
) => ({
  BootSourceOverrideEnabled: 'Disabled',
  BootSourceOverrideTarget: 'None',
  BootSourceOverrideMode: 'UEFI',
  'BootSourceOverrideTarget@Redfish.AllowableValues': [...targets],
  ...(options.enabled === undefined
    ? {}
    : { 'BootSourceOverrideEnabled@Redfish.AllowableValues': [...options.enabled] }),
  ...(options.httpBoot === true ? { HttpBootUri: '' } : {}),
  // What a target needs to be told besides, where it is offered (ComputerSystem schema, BootSource).
  ...(targets.includes('UefiTarget') ? { UefiTargetBootSourceOverride: null } : {}),
  ...(targets.includes('UefiBootNext') ? { BootNext: null } : {}),
  BootOrder: ['Boot0001', 'Boot0002'],
})
