import type { BootOverride } from '../../bmc/model.js'

export const bootVerbs = ['status', 'cd', 'pxe', 'http', 'disk', 'setup', 'none'] as const

/** What `katametal bmc boot` takes; `none` clears the override. */
export type BootVerb = (typeof bootVerbs)[number]

export const bootTargets: Readonly<Record<Exclude<BootVerb, 'status'>, BootOverride['target']>> = {
  cd: 'Cd',
  pxe: 'Pxe',
  http: 'UefiHttp',
  disk: 'Hdd',
  setup: 'BiosSetup',
  none: 'None',
}

export const mediaVerbs = ['status', 'insert', 'eject'] as const

/** What `katametal bmc media` takes. */
export type MediaVerb = (typeof mediaVerbs)[number]
