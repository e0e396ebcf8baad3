import type { kataHandlers } from '../../api/kud/node-layer.js'

export type KataHandler = (typeof kataHandlers)[number]

/** Where the archives of Kata put what a handler needs, and which of its two shims it is. */
export interface HandlerFacts {
  /** Since Kata 4.1 the two languages come in archives of their own. */
  readonly language: 'Rust' | 'Go'
  /** The shim program. */
  readonly shim: string
  /** Its configuration, as the archive brings it. */
  readonly configuration: string
}

const rustShim = '/opt/kata/runtime-rs/bin/containerd-shim-kata-v2'
const goShim = '/opt/kata/bin/containerd-shim-kata-v2'
const configurations = '/opt/kata/share/defaults/kata-containers'

/** The layout of the Kata archives (kata-containers, tools/packaging, 3.x and 4.x). */
export const handlerFacts: Readonly<Record<KataHandler, HandlerFacts>> = {
  'kata-qemu-runtime-rs': {
    language: 'Rust',
    shim: rustShim,
    configuration: `${configurations}/runtime-rs/configuration-qemu-runtime-rs.toml`,
  },
  'kata-clh-runtime-rs': {
    language: 'Rust',
    shim: rustShim,
    configuration: `${configurations}/runtime-rs/configuration-clh-runtime-rs.toml`,
  },
  'kata-dragonball': {
    language: 'Rust',
    shim: rustShim,
    configuration: `${configurations}/runtime-rs/configuration-dragonball.toml`,
  },
  'kata-qemu': { language: 'Go', shim: goShim, configuration: `${configurations}/configuration-qemu.toml` },
  'kata-clh': { language: 'Go', shim: goShim, configuration: `${configurations}/configuration-clh.toml` },
}

/** The handlers of some runtime classes, each once, in their order. */
export const handlersOf = (classes: readonly { readonly handler: KataHandler }[]): KataHandler[] => [
  ...new Set(classes.map(({ handler }) => handler)),
]
