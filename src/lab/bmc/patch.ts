import type { JsonObject } from './json.js'
import { type Message, type Reply, refuse } from './reply.js'

/** What of a PATCH can be done. */
export interface Patch {
  readonly taken: JsonObject
  /** One for each property that cannot be written, or is not known. */
  readonly messages: readonly Message[]
}

/**
 * Splits a PATCH into what can be written and messages about the rest; annotations of OData are passed over (DSP0266
 * section 7.8). A property is writable when the list says so and the resource shows it.
 */
export const splitPatch = (body: JsonObject, wanted: JsonObject, writable: readonly string[]): Patch => {
  const names = Object.keys(wanted).filter(name => !name.startsWith('@odata.'))
  const taken = names.filter(name => writable.includes(name) && name in body)
  return {
    taken: Object.fromEntries(taken.map(name => [name, wanted[name] ?? null])),
    messages: names.filter(name => !taken.includes(name)).map(name => aboutRefused(body, name)),
  }
}

/** The answer when nothing of a PATCH can be done. */
export const nothingToPatch = ({ messages }: Patch): Reply =>
  messages.length > 0 ? { status: 400, messages } : refuse(400, 'NoOperation', 'Nothing to change was given.')

const aboutRefused = (body: JsonObject, name: string): Message =>
  name in body
    ? { id: 'PropertyNotWritable', text: `${name} cannot be written.`, related: [`#/${name}`], args: [name] }
    : { id: 'PropertyUnknown', text: `${name} is not known here.`, related: [`#/${name}`], args: [name] }
