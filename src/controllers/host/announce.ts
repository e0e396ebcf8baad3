import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { ErrorCode, KatametalError } from '../../base/errors.js'
import type { HostCommand } from './commands.js'
import { describeStep, type Place } from './lifecycle.js'
import type { EventPort } from './ports.js'
import { fieldsNotActedOn } from './wishes.js'

/** Tells people, through Events, what happens to one host. Says nothing twice in a row. */
export class Announcer {
  #failure: ErrorCode | undefined
  #command: string | undefined
  #toldGeneration: number | undefined

  entered(events: EventPort, host: BareMetalHost, place: Place): void {
    this.#failure = undefined
    this.#command = undefined
    if (host.status?.state !== place.state)
      events.normal(host, place.state, `Now waiting for ${describeStep(place).awaiting}.`)
    this.#tellIgnoredFields(events, host)
  }

  command(events: EventPort, host: BareMetalHost, command: HostCommand): void {
    const sentence = sentences[command.type]
    if (sentence === undefined || this.#command === command.type) return
    this.#command = command.type
    events.normal(host, command.type.charAt(0).toUpperCase() + command.type.slice(1), sentence)
  }

  failed(events: EventPort, host: BareMetalHost, failure: KatametalError): void {
    if (this.#failure === failure.code) return
    this.#failure = failure.code
    events.warning(host, failure.code, `${failure.message}. ${failure.remedy}`)
  }

  #tellIgnoredFields(events: EventPort, host: BareMetalHost): void {
    if (this.#toldGeneration === host.metadata.generation) return
    this.#toldGeneration = host.metadata.generation
    const fields = fieldsNotActedOn(host)
    if (fields.length > 0)
      events.warning(
        host,
        'FieldNotActedOn',
        `Accepted for compatibility, but nothing acts on: ${fields.map(name => `spec.${name}`).join(', ')}.`,
      )
  }
}

/** What is worth an Event; commands that only keep our own books are not. */
const sentences: Partial<Record<HostCommand['type'], string>> = {
  inspect: 'Reading the parts of the server from its BMC.',
  writeFirmware: 'Writing BIOS settings; HostFirmware shows which.',
  powerOn: 'Switching the server on.',
  powerOff: 'Switching the server off.',
  shutDown: 'Asking the operating system to shut down.',
  bootAgent: 'Booting the deploy agent.',
  directAgent: 'Giving the deploy agent its task.',
  clearBoot: 'Ejecting the boot medium and clearing the boot override.',
  recordInstalled: 'The image is written and verified.',
  forgetInstalled: 'The server is given back.',
}
