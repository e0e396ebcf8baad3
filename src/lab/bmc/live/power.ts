import type { BmcContext } from '../context.js'
import { isObject, linksAt, listAt, objectAt, textAt } from '../json.js'
import { type BmcRequest, type Reply, refuse } from '../reply.js'

export type Power = 'On' | 'Off' | 'PoweringOn' | 'PoweringOff'

const taken: Reply = { status: 204 }

/**
 * Power of the one server behind the BMC (ComputerSystem.Reset). Changes take time; the machine learns of them when
 * they are done, and `PowerState` follows.
 */
export class PowerControl {
  readonly #context: BmcContext
  #power: Power
  #cancel: (() => void) | undefined
  #posting = false
  #refusals = 0

  constructor(context: BmcContext) {
    this.#context = context
    this.#power = textAt(context.tree.body(context.parts.system), 'PowerState') === 'On' ? 'On' : 'Off'
    this.#publish()
  }

  get power(): Power {
    return this.#power
  }

  /** Between power on (or restart) and the choice of the boot source. */
  get posting(): boolean {
    return this.#posting
  }

  postStarted(): void {
    this.#posting = true
  }

  postEnded(): void {
    this.#posting = false
  }

  /** The reset action; values that are not advertised are refused. */
  reset(request: BmcRequest): Reply {
    const type = textAt(request.body, 'ResetType') ?? 'On'
    if (!this.#allowed().includes(type))
      return refuse(400, 'ActionParameterNotSupported', `The reset type ${type} is not offered here.`, ['#/ResetType'])
    this.#context.journal.note(`power ${type}`)
    if (/On$/.test(type) && this.#refusals-- > 0)
      return refuse(409, 'ResourceInUse', 'The server went off a moment ago.')
    switch (type) {
      case 'On':
      case 'ForceOn':
        return this.#power === 'Off' ? this.#do(() => this.#turnOn()) : this.#needless('on')
      case 'ForceOff':
        return this.#power === 'Off' ? this.#needless('off') : this.#do(() => this.#turnOff())
      case 'GracefulShutdown':
        return this.#power === 'Off' ? this.#needless('off') : this.#do(() => this.#press())
      case 'PushPowerButton':
        return this.#do(() => (this.#power === 'Off' ? this.#turnOn() : this.#press()))
      case 'ForceRestart':
      case 'PowerCycle':
        return this.#power === 'Off'
          ? this.#needless('off')
          : this.#do(() => this.#turnOff(this.#context.timings.powerCycle))
      case 'GracefulRestart':
        return this.#power === 'Off' ? this.#needless('off') : this.#do(() => this.#gracefulRestart())
      default:
        return taken
    }
  }

  /** The system has halted itself. */
  powerDown(): void {
    if (this.#power !== 'Off') this.#become('Off')
    if (this.#restartWhenOff) {
      this.#restartWhenOff = false
      this.#cancel = this.#context.after(this.#context.timings.powerCycle, () => this.#turnOn())
    }
  }

  #restartWhenOff = false

  #do(change: () => void): Reply {
    change()
    return taken
  }

  #gracefulRestart(): void {
    this.#restartWhenOff = true
    this.#press()
  }

  #press(): void {
    this.#context.machine.pressPowerButton()
  }

  #turnOn(): void {
    this.#cancel?.()
    if (this.#context.behaviour.showsTransitions) this.#become('PoweringOn')
    this.#cancel = this.#context.after(this.#context.timings.powerOn, () => this.#become('On'))
  }

  /** Off after a moment and, with `thenOnAfter`, on again. */
  #turnOff(thenOnAfter?: number): void {
    this.#cancel?.()
    this.#restartWhenOff = false
    if (this.#context.behaviour.showsTransitions && thenOnAfter === undefined) this.#become('PoweringOff')
    this.#cancel = this.#context.after(this.#context.timings.powerOff, () => {
      this.#become('Off')
      if (thenOnAfter !== undefined) this.#cancel = this.#context.after(thenOnAfter, () => this.#turnOn())
    })
  }

  #become(power: Power): void {
    if (power === this.#power) return
    this.#power = power
    this.#publish()
    if (power === 'On' || power === 'Off') this.#context.journal.note(`power is ${power}`)
    if (power === 'Off') {
      this.#refusals = this.#context.behaviour.onRefusalsAfterOff
      this.#posting = false
      this.#context.machine.powerOff()
    }
    if (power === 'On') this.#context.machine.powerOn()
  }

  #publish(): void {
    const { tree, parts } = this.#context
    const chassis = linksAt(objectAt(tree.body(parts.system), 'Links'), 'Chassis')
    for (const path of [parts.system, ...chassis])
      tree.update(path, body => ('PowerState' in body ? { ...body, PowerState: this.#power } : body))
  }

  #needless(state: string): Reply {
    const text = `The server is ${state} already.`
    switch (this.#context.behaviour.resetWhenThere) {
      case 'accepted':
        return taken
      case 'conflict':
        return refuse(409, 'ResourceInUse', text)
      case 'rejected':
        return refuse(400, 'InvalidOperationForSystemState', text)
    }
  }

  /** From the annotation of the action or from its ActionInfo. */
  #allowed(): unknown[] {
    const { tree, parts } = this.#context
    const action = objectAt(objectAt(tree.body(parts.system), 'Actions'), '#ComputerSystem.Reset')
    const listed = listAt(action, 'ResetType@Redfish.AllowableValues')
    const info = tree.body(textAt(action, '@Redfish.ActionInfo') ?? '')
    const parameter = listAt(info, 'Parameters').find(item => isObject(item) && item['Name'] === 'ResetType')
    return listed.length > 0 ? listed : isObject(parameter) ? listAt(parameter, 'AllowableValues') : []
  }
}
