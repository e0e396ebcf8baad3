import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostStates } from '../../../api/metal/bare-metal-host.js'
import type { HostCommand } from './commands.js'
import type { HostFacts } from './facts.js'
import { allPlaces, describeStep, hostMachine, type Place, placeOf, start, step } from './lifecycle.js'

const nothing: HostFacts = {
  deleting: false,
  wantsImage: false,
  externallyProvisioned: false,
  installed: 'nothing',
  operation: 'none',
  operationOutdated: false,
  recorded: false,
  inspection: 'fast',
  reinspect: false,
  rebootRequested: false,
  wipes: true,
  wantsNode: false,
  powerWish: undefined,
  identified: false,
  inventoryFresh: false,
  firmwareSettled: false,
  firmwarePlanned: false,
  firmwareLeft: undefined,
  firmwareRecorded: false,
  firmwareReadBack: false,
  firmwareServiceable: false,
  power: undefined,
  bootClear: undefined,
  agentHere: false,
  agentLost: false,
  taskDone: { write: false, handover: false, wipe: false },
  firstBoot: 'silent',
  nodeReady: false,
  proven: undefined,
  failure: undefined,
}

const place = (name: string): Place => {
  const [state, stepName] = name.split('.')
  const found = placeOf(state, stepName)
  if (found === undefined) throw new Error(`no place ${name}`)
  return found
}

const nameOf = ({ state, step: stepName }: Place): string => (stepName === undefined ? state : `${state}.${stepName}`)

const go = (from: string, facts: Partial<HostFacts>) => {
  const result = step(place(from), { ...nothing, ...facts })
  return { to: nameOf(result.place), commands: result.commands.map(({ type }) => type) }
}

const facts: fc.Arbitrary<HostFacts> = fc.record({
  deleting: fc.boolean(),
  wantsImage: fc.boolean(),
  externallyProvisioned: fc.boolean(),
  installed: fc.constantFrom('nothing' as const, 'wanted' as const, 'other' as const),
  operation: fc.constantFrom('none' as const, 'Provision' as const, 'Deprovision' as const),
  operationOutdated: fc.boolean(),
  recorded: fc.boolean(),
  inspection: fc.constantFrom('fast' as const, 'agent' as const, 'disabled' as const),
  reinspect: fc.boolean(),
  rebootRequested: fc.boolean(),
  wipes: fc.boolean(),
  wantsNode: fc.boolean(),
  powerWish: fc.constantFrom('On' as const, 'Off' as const, undefined),
  identified: fc.boolean(),
  inventoryFresh: fc.boolean(),
  firmwareSettled: fc.boolean(),
  firmwarePlanned: fc.boolean(),
  firmwareLeft: fc.constantFrom('write' as const, 'restart' as const, 'nothing' as const, undefined),
  firmwareRecorded: fc.boolean(),
  firmwareReadBack: fc.boolean(),
  firmwareServiceable: fc.boolean(),
  power: fc.constantFrom('On' as const, 'Off' as const, 'Changing' as const, undefined),
  bootClear: fc.constantFrom(true, false, undefined),
  agentHere: fc.boolean(),
  agentLost: fc.boolean(),
  taskDone: fc.record({ write: fc.boolean(), handover: fc.boolean(), wipe: fc.boolean() }),
  firstBoot: fc.constantFrom('silent' as const, 'succeeded' as const),
  nodeReady: fc.boolean(),
  proven: fc.constantFrom(true, false, undefined),
  failure: fc.constant(undefined),
})

const anyPlace = fc.constantFrom(...allPlaces())

describe('the statechart of a host', () => {
  it('has every state of the API, and no other', () => {
    expect(Object.keys(hostMachine.states)).toEqual([...hostStates])
  })

  it('is a pure function: no invoked actors, no delayed transitions, no entry or exit actions', () => {
    const walk = (node: { config: object; states: object }): void => {
      for (const forbidden of ['invoke', 'after', 'entry', 'exit', 'always'])
        expect(node.config).not.toHaveProperty(forbidden)
      for (const child of Object.values(node.states) as { config: object; states: object }[]) walk(child)
    }
    walk(hostMachine.root)
  })

  it('describes every step, and gives every step that waits for something a deadline', () => {
    for (const each of allPlaces()) {
      const description = describeStep(each)
      expect(description.awaiting).not.toBe('')
      expect(description.maxPollMs).toBeGreaterThanOrEqual(1000)
      if (each.step !== undefined) expect(description.deadlineMs).toBeGreaterThan(0)
    }
  })

  it('reaches every step from the start', { timeout: 60_000 }, () => {
    const seen = new Set([nameOf(start)])
    const queue: Place[] = [start]
    const samples = fc.sample(facts, { numRuns: 400, seed: 7 })
    for (let from = queue.shift(); from !== undefined; from = queue.shift())
      for (const sample of samples) {
        const { place: to } = step(from, sample)
        if (seen.has(nameOf(to))) continue
        seen.add(nameOf(to))
        queue.push(to)
      }
    expect(
      allPlaces()
        .map(nameOf)
        .filter(name => !seen.has(name)),
    ).toEqual([])
  })

  it('gives the same answer to the same look', () => {
    fc.assert(
      fc.property(anyPlace, facts, (from, sample) => {
        expect(step(from, sample)).toEqual(step(from, sample))
      }),
    )
  })

  it('either moves on or asks for something that brings it closer, in every step that is not settled or pure waiting', () => {
    const pureWaiting = new Set([
      'Discovering.connect',
      'Joining.node',
      'Joining.proof',
      'Preparing.apply',
      'Servicing.apply',
    ])
    for (const from of allPlaces()) {
      if (from.step === undefined || pureWaiting.has(nameOf(from))) continue
      const { place: to, commands } = step(from, {
        ...nothing,
        wantsImage: true,
        reinspect: true,
        rebootRequested: true,
      })
      expect([nameOf(from), nameOf(to) !== nameOf(from) || commands.length > 0]).toEqual([nameOf(from), true])
    }
  })
})

describe('safety of the statechart', () => {
  const asks = (commands: readonly HostCommand[], type: HostCommand['type']) =>
    commands.some(command => command.type === type)

  it('never writes an image outside Provisioning.write, and only for a host that wants one', () => {
    fc.assert(
      fc.property(anyPlace, facts, (from, sample) => {
        const writes = step(from, sample).commands.filter(
          command => command.type === 'directAgent' && command.params.task === 'write',
        )
        if (writes.length === 0) return
        expect(nameOf(from)).toBe('Provisioning.write')
        expect(sample.wantsImage && !sample.deleting && !sample.operationOutdated).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  it('never wipes outside Deprovisioning.wipe, nor when wiping is disabled', () => {
    fc.assert(
      fc.property(anyPlace, facts, (from, sample) => {
        const wipes = step(from, sample).commands.filter(
          command => command.type === 'directAgent' && command.params.task === 'wipe',
        )
        if (wipes.length === 0) return
        expect(nameOf(from)).toBe('Deprovisioning.wipe')
        expect(sample.wipes).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  it('leaves a host in service only through Deprovisioning, Servicing or, when it is foreign, Deleting', () => {
    fc.assert(
      fc.property(facts, sample => {
        const { place: to } = step(place('InService'), sample)
        expect([
          'InService',
          'Deprovisioning',
          'Servicing',
          ...(sample.externallyProvisioned ? ['Deleting'] : []),
        ]).toContain(to.state)
      }),
      { numRuns: 2000 },
    )
  })

  it('never cuts the power of a host in service: it asks the operating system', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(place('InService'), place('Servicing.off'), place('Available')),
        facts,
        (from, sample) => {
          expect(asks(step(from, sample).commands, 'powerOff')).toBe(false)
        },
      ),
    )
  })

  it('never boots the agent on an externally provisioned host, nor deprovisions it', () => {
    const external = facts.map(sample => ({ ...sample, externallyProvisioned: true }))
    for (const from of ['Discovering.connect', 'Inspecting.outOfBand', 'Inspecting.done', 'Available', 'InService'])
      fc.assert(
        fc.property(external, sample => {
          const { place: to, commands } = step(place(from), sample)
          expect(asks(commands, 'bootAgent')).toBe(false)
          expect(to.state).not.toBe('Deprovisioning')
        }),
      )
  })

  it('writes nothing to a server that nobody asked to change', () => {
    const untouched: Partial<HostFacts> = {
      identified: true,
      inventoryFresh: true,
      firmwarePlanned: true,
      firmwareLeft: 'nothing',
      power: 'On',
    }
    let at: Place = start
    const asked: string[] = []
    for (let turn = 0; turn < 20; turn++) {
      const result = step(at, {
        ...nothing,
        ...untouched,
        firmwareSettled: at.state === 'Available' || at.step === 'settle',
      })
      asked.push(...result.commands.map(({ type }) => type))
      at = result.place
    }
    expect(nameOf(at)).toBe('Available')
    expect(asked).toEqual([])
  })
})

describe('firmware that is changed in service', () => {
  const used: Partial<HostFacts> = { wantsImage: true, installed: 'wanted', rebootRequested: true }
  const recorded: Partial<HostFacts> = { ...used, power: 'On', firmwareServiceable: true, firmwareRecorded: true }

  it('is awaited after the restart, read back and noted as met, before the request is acknowledged', () => {
    expect(go('Servicing.on', recorded).to).toBe('Servicing.apply')
    expect(go('Servicing.apply', { ...recorded, firmwareLeft: 'restart' })).toEqual({
      to: 'Servicing.apply',
      commands: [],
    })
    expect(go('Servicing.apply', { ...recorded, firmwareLeft: 'nothing' }).to).toBe('Servicing.verify')
    const planned: Partial<HostFacts> = { ...recorded, firmwareLeft: 'nothing', firmwarePlanned: true }
    expect(go('Servicing.verify', planned).commands).toEqual(['planFirmware'])
    expect(go('Servicing.verify', { ...planned, firmwareReadBack: true }).to).toBe('Servicing.settle')
    expect(go('Servicing.settle', planned).commands).toEqual(['settleFirmware'])
    expect(go('Servicing.settle', { ...planned, firmwareSettled: true }).to).toBe('Servicing.finish')
  })

  it('is left to the next request when the profile changes meanwhile: nobody asked for a second restart', () => {
    const changed: Partial<HostFacts> = { ...recorded, firmwareRecorded: false }
    expect(go('Servicing.on', changed).to).toBe('Servicing.finish')
    expect(go('Servicing.apply', changed).to).toBe('Servicing.finish')
    expect(go('Servicing.verify', { ...recorded, firmwarePlanned: true, firmwareLeft: 'write' }).to).toBe(
      'Servicing.finish',
    )
  })

  it.each(['plan', 'write', 'apply', 'verify'])('does not keep a host from being given back in %s', step => {
    expect(go(`Servicing.${step}`, { ...recorded, wantsImage: false }).to).toBe('Deprovisioning.begin')
    expect(go(`Servicing.${step}`, { ...recorded, externallyProvisioned: true, deleting: true }).to).toBe(
      'Deleting.release',
    )
  })
})

describe('an agent that is lost', () => {
  it.each([
    ['Provisioning.write', 'Provisioning.agent'],
    ['Provisioning.handover', 'Provisioning.agent'],
    ['Deprovisioning.wipe', 'Deprovisioning.agent'],
  ])('in %s is booted again', (from, to) => {
    const lost: Partial<HostFacts> = { wantsImage: true, operation: 'Provision', agentHere: true, agentLost: true }
    expect(go(from, lost)).toEqual({ to, commands: ['forgetAgent'] })
  })

  it('does not matter once its task is done, or when the task is not wanted any more', () => {
    const lost: Partial<HostFacts> = { wantsImage: true, operation: 'Provision', agentLost: true }
    const done = { write: true, handover: true, wipe: true }
    expect(go('Provisioning.write', { ...lost, taskDone: done }).to).toBe('Provisioning.handover')
    expect(go('Provisioning.write', { ...lost, wantsImage: false }).to).toBe('Deprovisioning.begin')
    expect(go('Deprovisioning.wipe', { ...lost, taskDone: done }).to).toBe('Deprovisioning.clear')
    expect(go('Deprovisioning.wipe', { ...lost, wipes: false }).to).toBe('Deprovisioning.clear')
  })
})

describe('a life', () => {
  it('goes from discovery to Available', () => {
    expect(go('Discovering.connect', {})).toEqual({ to: 'Discovering.connect', commands: [] })
    expect(go('Discovering.connect', { identified: true }).to).toBe('Inspecting.outOfBand')
    expect(go('Inspecting.outOfBand', {})).toEqual({ to: 'Inspecting.outOfBand', commands: ['inspect'] })
    expect(go('Inspecting.outOfBand', { inventoryFresh: true }).to).toBe('Inspecting.done')
    expect(go('Inspecting.done', {}).to).toBe('Preparing.plan')
    expect(go('Preparing.plan', {})).toEqual({ to: 'Preparing.plan', commands: ['planFirmware'] })
    expect(go('Preparing.plan', { firmwarePlanned: true, firmwareLeft: 'nothing' }).to).toBe('Preparing.settle')
    expect(go('Preparing.settle', {})).toEqual({ to: 'Preparing.settle', commands: ['settleFirmware'] })
    expect(go('Preparing.settle', { firmwareSettled: true }).to).toBe('Available')
  })

  it('changes the firmware with one restart and reads it back', () => {
    expect(go('Preparing.plan', { firmwarePlanned: true, firmwareLeft: 'write' }).to).toBe('Preparing.write')
    expect(go('Preparing.write', { firmwareLeft: 'write' }).commands).toEqual(['writeFirmware'])
    expect(go('Preparing.write', { firmwareLeft: 'restart' }).to).toBe('Preparing.off')
    expect(go('Preparing.off', { power: 'On' }).commands).toEqual(['powerOff'])
    expect(go('Preparing.off', { power: 'Off' }).to).toBe('Preparing.apply')
    expect(go('Preparing.apply', { power: 'Off', firmwareLeft: 'restart' }).commands).toEqual(['powerOn'])
    expect(go('Preparing.apply', { power: 'On', firmwareLeft: 'restart' })).toEqual({
      to: 'Preparing.apply',
      commands: [],
    })
    expect(go('Preparing.apply', { power: 'On', firmwareLeft: 'nothing' }).to).toBe('Preparing.verify')
    // Power is read before the BIOS: what was off then is on by now, and must be seen to be.
    expect(go('Preparing.apply', { power: 'Off', firmwareLeft: 'nothing' }).to).toBe('Preparing.apply')
    // HostFirmware may have been written within the same second, before the restart.
    const applied: Partial<HostFacts> = { firmwarePlanned: true, firmwareLeft: 'nothing' }
    expect(go('Preparing.verify', applied)).toEqual({ to: 'Preparing.verify', commands: ['planFirmware'] })
    expect(go('Preparing.verify', { ...applied, firmwareReadBack: true }).to).toBe('Preparing.powerDown')
    expect(go('Preparing.powerDown', { power: 'On', powerWish: 'On' }).to).toBe('Preparing.settle')
    expect(go('Preparing.powerDown', { power: 'On' }).commands).toEqual(['powerOff'])
  })

  it('provisions, joins and serves', () => {
    const begun: Partial<HostFacts> = { wantsImage: true, operation: 'Provision', firmwareSettled: true }
    expect(go('Available', { wantsImage: true, firmwareSettled: true }).to).toBe('Provisioning.begin')
    expect(go('Provisioning.begin', { wantsImage: true }).commands).toEqual(['beginOperation'])
    expect(go('Provisioning.begin', begun).to).toBe('Provisioning.stage')
    expect(go('Provisioning.stage', { ...begun, power: 'On' }).commands).toEqual(['powerOff'])
    expect(go('Provisioning.stage', { ...begun, power: 'Off' }).to).toBe('Provisioning.agent')
    expect(go('Provisioning.agent', { ...begun, power: 'Off' }).commands).toEqual(['bootAgent'])
    expect(go('Provisioning.agent', { ...begun, power: 'On' }).commands).toEqual(['awaitAgent'])
    expect(go('Provisioning.agent', { ...begun, agentHere: true }).to).toBe('Provisioning.write')
    expect(go('Provisioning.write', begun).commands).toEqual(['directAgent'])
    expect(go('Provisioning.write', { ...begun, taskDone: { write: true, handover: false, wipe: false } }).to).toBe(
      'Provisioning.handover',
    )
    expect(go('Provisioning.handover', { ...begun, taskDone: { write: true, handover: true, wipe: false } }).to).toBe(
      'Provisioning.unstage',
    )
    expect(go('Provisioning.unstage', { ...begun, power: 'Off', bootClear: false }).commands).toEqual(['clearBoot'])
    expect(go('Provisioning.unstage', { ...begun, power: 'Off', bootClear: true }).to).toBe('Provisioning.record')
    expect(go('Provisioning.record', begun).commands).toEqual(['recordInstalled'])
    const installed: Partial<HostFacts> = { ...begun, installed: 'wanted', recorded: true }
    expect(go('Provisioning.record', installed).to).toBe('Joining.boot')
    expect(go('Joining.boot', { ...installed, power: 'Off' }).commands).toEqual(['awaitFirstBoot', 'powerOn'])
    expect(go('Joining.boot', { ...installed, power: 'On' }).to).toBe('Joining.bootstrap')
    expect(go('Joining.bootstrap', { ...installed, firstBoot: 'succeeded' }).to).toBe('Joining.node')
    expect(go('Joining.node', { ...installed, wantsNode: true }).to).toBe('Joining.node')
    expect(go('Joining.node', { ...installed, wantsNode: true, nodeReady: true }).to).toBe('Joining.proof')
    expect(go('Joining.proof', { ...installed, proven: true }).to).toBe('Joining.settle')
    expect(go('Joining.settle', installed).commands).toEqual(['endOperation'])
    expect(go('Joining.settle', { ...installed, operation: 'none' }).to).toBe('InService')
  })

  it('is given back: off, wiped, cleared, forgotten', () => {
    expect(go('InService', { installed: 'other' }).to).toBe('Deprovisioning.begin')
    expect(go('Deprovisioning.begin', {}).commands).toEqual(['beginOperation'])
    expect(go('Deprovisioning.off', { power: 'Off' }).to).toBe('Deprovisioning.agent')
    expect(go('Deprovisioning.off', { power: 'Off', wipes: false }).to).toBe('Deprovisioning.clear')
    expect(go('Deprovisioning.wipe', { taskDone: { write: false, handover: false, wipe: true } }).to).toBe(
      'Deprovisioning.clear',
    )
    expect(go('Deprovisioning.forget', { operation: 'Deprovision' }).commands).toEqual(['forgetInstalled'])
    expect(go('Deprovisioning.forget', {}).to).toBe('Available')
    expect(go('Deprovisioning.forget', { deleting: true }).to).toBe('Deleting.release')
  })

  it('adopts an installed server without a command, after a move that lost its status', () => {
    const adopted: Partial<HostFacts> = {
      identified: true,
      inventoryFresh: true,
      wantsImage: true,
      installed: 'wanted',
      powerWish: 'On',
      power: 'On',
    }
    expect(go('Discovering.connect', adopted)).toEqual({ to: 'Inspecting.outOfBand', commands: [] })
    expect(go('Inspecting.outOfBand', adopted)).toEqual({ to: 'Inspecting.done', commands: [] })
    expect(go('Inspecting.done', adopted)).toEqual({ to: 'InService', commands: [] })
    expect(go('InService', adopted)).toEqual({ to: 'InService', commands: [] })
  })

  it('starts over with a new operation when the image changes while it is being provisioned', () => {
    for (const from of ['stage', 'agent', 'write', 'handover', 'unstage'])
      expect(go(`Provisioning.${from}`, { wantsImage: true, operation: 'Provision', operationOutdated: true }).to).toBe(
        'Provisioning.begin',
      )
  })

  it('wipes what it began when it is deleted while it is being provisioned', () => {
    for (const from of ['stage', 'agent', 'write', 'handover', 'unstage'])
      expect(go(`Provisioning.${from}`, { wantsImage: true, operation: 'Provision', deleting: true }).to).toBe(
        'Deprovisioning.begin',
      )
  })

  it('restarts on request through the operating system', () => {
    expect(go('InService', { wantsImage: true, installed: 'wanted', rebootRequested: true }).to).toBe('Servicing.off')
    expect(
      go('InService', { wantsImage: true, installed: 'wanted', rebootRequested: true, firmwareServiceable: true }).to,
    ).toBe('Servicing.plan')
    expect(go('Servicing.off', { power: 'On' }).commands).toEqual(['shutDown'])
    expect(go('Servicing.off', { power: 'Off' }).to).toBe('Servicing.on')
    expect(go('Servicing.on', { power: 'On' }).to).toBe('Servicing.finish')
    expect(go('Servicing.finish', { wantsImage: true, rebootRequested: true }).commands).toEqual(['acknowledgeReboot'])
    expect(go('Servicing.finish', {}).to).toBe('InService')
  })
})
