import type { Behaviour } from '../behaviour.js'
import type { ResourceTree } from '../resource-tree.js'
import { buildAmi } from './ami.js'
import { buildCisco } from './cisco.js'
import { buildDell } from './dell.js'
import { buildHpe } from './hpe.js'
import { buildLenovo } from './lenovo.js'
import type { Identity } from './machine-spec.js'
import { buildSupermicro } from './supermicro.js'

/** A resource tree of our own making and how its service behaves beyond what the tree says. */
export interface Persona {
  readonly tree: ResourceTree
  readonly behaviour: Partial<Behaviour>
}

const builders = {
  dell: buildDell,
  hpe: buildHpe,
  lenovo: buildLenovo,
  supermicro: buildSupermicro,
  ami: buildAmi,
  cisco: buildCisco,
} as const satisfies Record<string, (identity: Identity) => Persona>

export type PersonaName = keyof typeof builders

export const personaNames = Object.keys(builders) as readonly PersonaName[]

/** Builds the persona of server number `index`, which decides serial numbers and MAC addresses. */
export const buildPersona = (name: PersonaName, identity: Identity = { index: 0 }): Persona => builders[name](identity)
