import { setup, transition } from 'xstate'
import type { HostState } from '../../../api/metal/bare-metal-host.js'
import type { AgentTask, HostCommand } from './commands.js'
import type { HostFacts } from './facts.js'
import { type StepDescription, stepDescriptions } from './steps.js'

/**
 * The life of a host (DESIGN section 4, docs/lifecycle.md), as a pure function: {@link step} takes where the host is
 * and what was seen, and returns where it is next and what to do about it. No clock, no I/O, no actors: deadlines and
 * retries belong to the reconcile, which stores them in status.
 *
 * Each step has one goal. A look (`LOOK`) either shows that the goal is reached, and the host moves on, or yields the
 * commands that bring it closer. The same look at the same place always yields the same answer, so a controller that
 * died anywhere continues by looking.
 */

export const hostMachine = setup({
  types: {
    events: {} as { type: 'LOOK'; facts: HostFacts },
  },
  guards: {
    deleting: ({ event }) => event.facts.deleting,
    identified: ({ event }) => event.facts.identified,
    occupied: ({ event }) => event.facts.externallyProvisioned || event.facts.installed === 'wanted',
    foreignOccupied: ({ event }) => event.facts.installed === 'other',
    inspected: ({ event }) => event.facts.inspection === 'disabled' || event.facts.inventoryFresh,
    needsAgentInspection: ({ event }) =>
      event.facts.inspection === 'agent' &&
      event.facts.inventoryFresh &&
      !event.facts.externallyProvisioned &&
      event.facts.installed === 'nothing',
    firmwareDone: ({ event }) => event.facts.firmwarePlanned && event.facts.firmwareLeft === 'nothing',
    firmwareVerified: ({ event }) =>
      event.facts.firmwarePlanned && event.facts.firmwareLeft === 'nothing' && event.facts.firmwareReadBack,
    firmwareToWrite: ({ event }) => event.facts.firmwarePlanned && event.facts.firmwareLeft === 'write',
    firmwareToApply: ({ event }) => event.facts.firmwarePlanned && event.facts.firmwareLeft === 'restart',
    firmwareWritten: ({ event }) => event.facts.firmwareLeft === 'restart' || event.facts.firmwareLeft === 'nothing',
    firmwareApplied: ({ event }) => event.facts.firmwareLeft === 'nothing' && event.facts.power !== 'Off',
    firmwareSettled: ({ event }) => event.facts.firmwareSettled,
    firmwareUnsettled: ({ event }) => !event.facts.firmwareSettled,
    on: ({ event }) => event.facts.power === 'On',
    off: ({ event }) => event.facts.power === 'Off',
    offOrMayStayOn: ({ event }) => event.facts.power === 'Off' || event.facts.powerWish === 'On',
    wantsOn: ({ event }) => event.facts.powerWish === 'On' && event.facts.power === 'Off',
    wantsOff: ({ event }) => event.facts.powerWish === 'Off' && event.facts.power === 'On',
    reinspect: ({ event }) => event.facts.reinspect,
    wantsImage: ({ event }) => event.facts.wantsImage,
    provisioningBegun: ({ event }) => event.facts.operation === 'Provision' && !event.facts.operationOutdated,
    deprovisioningBegun: ({ event }) => event.facts.operation === 'Deprovision',
    outdated: ({ event }) => event.facts.operationOutdated,
    noLongerWanted: ({ event }) => event.facts.deleting || !event.facts.wantsImage,
    notWantedAnyMore: ({ event }) =>
      event.facts.deleting || !event.facts.wantsImage || event.facts.installed === 'other',
    releasedInService: ({ event }) =>
      !event.facts.externallyProvisioned &&
      (event.facts.deleting || !event.facts.wantsImage || event.facts.installed === 'other'),
    deletedExternal: ({ event }) => event.facts.externallyProvisioned && event.facts.deleting,
    agentHere: ({ event }) => event.facts.agentHere,
    agentLost: ({ event }) => event.facts.agentLost,
    written: ({ event }) => event.facts.taskDone.write,
    handedOver: ({ event }) => event.facts.taskDone.handover,
    wiped: ({ event }) => event.facts.taskDone.wipe,
    wipes: ({ event }) => event.facts.wipes,
    cleared: ({ event }) => event.facts.power === 'Off' && event.facts.bootClear === true,
    recorded: ({ event }) => event.facts.recorded,
    forgotten: ({ event }) => event.facts.installed === 'nothing' && event.facts.operation === 'none',
    firstBootSucceeded: ({ event }) => event.facts.firstBoot === 'succeeded',
    joined: ({ event }) => !event.facts.wantsNode || event.facts.nodeReady,
    proven: ({ event }) => event.facts.proven === true,
    rebootRequested: ({ event }) => event.facts.rebootRequested,
    rebootWithFirmware: ({ event }) => event.facts.rebootRequested && event.facts.firmwareServiceable,
    onWithFirmware: ({ event }) =>
      event.facts.power === 'On' && event.facts.firmwareServiceable && event.facts.firmwareRecorded,
    profileChanged: ({ event }) => !event.facts.firmwareRecorded,
    rebootAcknowledged: ({ event }) => !event.facts.rebootRequested,
  },
  actions: {
    inspect: () => undefined,
    mergeAgentInventory: () => undefined,
    planFirmware: () => undefined,
    writeFirmware: () => undefined,
    settleFirmware: () => undefined,
    powerOn: () => undefined,
    powerOff: () => undefined,
    shutDown: () => undefined,
    beginOperation: (_machine, _kind: { kind: 'Provision' | 'Deprovision' }) => undefined,
    bootAgent: () => undefined,
    awaitAgent: () => undefined,
    forgetAgent: () => undefined,
    directAgent: (_machine, _task: { task: AgentTask }) => undefined,
    clearBoot: () => undefined,
    recordInstalled: () => undefined,
    endOperation: () => undefined,
    awaitFirstBoot: () => undefined,
    closeOperation: () => undefined,
    forgetInstalled: () => undefined,
    acknowledgeReboot: () => undefined,
    acknowledgeInspect: () => undefined,
    release: () => undefined,
  },
}).createMachine({
  id: 'host',
  initial: 'Discovering',
  states: {
    Discovering: {
      initial: 'connect',
      states: {
        connect: {
          on: {
            LOOK: [
              { guard: 'deleting', target: '#host.Deleting' },
              { guard: 'identified', target: '#host.Inspecting' },
            ],
          },
        },
      },
    },
    Inspecting: {
      initial: 'outOfBand',
      states: {
        outOfBand: {
          on: {
            LOOK: [
              { guard: 'deleting', target: '#host.Deleting' },
              { guard: 'needsAgentInspection', target: 'inBandOff' },
              { guard: 'inspected', target: 'done' },
              { actions: 'inspect' },
            ],
          },
        },
        inBandOff: {
          on: {
            LOOK: [
              { guard: 'deleting', target: '#host.Deleting' },
              { guard: 'off', target: 'inBand' },
              { actions: 'powerOff' },
            ],
          },
        },
        inBand: {
          on: {
            LOOK: [
              { guard: 'deleting', target: 'inBandClear' },
              { guard: 'agentHere', target: 'inBandClear', actions: 'mergeAgentInventory' },
              { guard: 'off', actions: 'bootAgent' },
              { actions: 'awaitAgent' },
            ],
          },
        },
        inBandClear: {
          on: {
            LOOK: [
              { guard: 'cleared', target: 'done', actions: 'closeOperation' },
              { guard: 'off', actions: 'clearBoot' },
              { actions: 'powerOff' },
            ],
          },
        },
        done: {
          on: {
            LOOK: [
              { guard: 'deleting', target: '#host.Deleting' },
              { guard: 'reinspect', actions: 'acknowledgeInspect' },
              { guard: 'occupied', target: '#host.InService' },
              { guard: 'foreignOccupied', target: '#host.Deprovisioning' },
              { target: '#host.Preparing' },
            ],
          },
        },
      },
    },
    Preparing: {
      initial: 'plan',
      states: {
        plan: {
          on: {
            LOOK: [
              { guard: 'deleting', target: '#host.Deleting' },
              { guard: 'firmwareDone', target: 'settle' },
              { guard: 'firmwareToApply', target: 'off' },
              { guard: 'firmwareToWrite', target: 'write' },
              { actions: 'planFirmware' },
            ],
          },
        },
        write: {
          on: {
            LOOK: [
              { guard: 'deleting', target: '#host.Deleting' },
              { guard: 'firmwareWritten', target: 'off' },
              { actions: 'writeFirmware' },
            ],
          },
        },
        off: {
          on: {
            LOOK: [{ guard: 'off', target: 'apply' }, { actions: 'powerOff' }],
          },
        },
        apply: {
          on: {
            LOOK: [
              { guard: 'firmwareApplied', target: 'verify' },
              { guard: 'off', actions: 'powerOn' },
            ],
          },
        },
        verify: {
          on: {
            LOOK: [
              { guard: 'firmwareVerified', target: 'powerDown' },
              { guard: 'firmwareToWrite', target: 'write' },
              { actions: 'planFirmware' },
            ],
          },
        },
        powerDown: {
          on: {
            LOOK: [{ guard: 'offOrMayStayOn', target: 'settle' }, { actions: 'powerOff' }],
          },
        },
        settle: {
          on: {
            LOOK: [
              { guard: 'deleting', target: '#host.Deleting' },
              { guard: 'firmwareSettled', target: '#host.Available' },
              { actions: 'settleFirmware' },
            ],
          },
        },
      },
    },
    Available: {
      on: {
        LOOK: [
          { guard: 'deleting', target: 'Deleting' },
          { guard: 'occupied', target: 'InService' },
          { guard: 'reinspect', target: 'Inspecting' },
          { guard: 'firmwareUnsettled', target: 'Preparing' },
          { guard: 'wantsImage', target: 'Provisioning' },
          { guard: 'wantsOn', actions: 'powerOn' },
          { guard: 'wantsOff', actions: 'shutDown' },
        ],
      },
    },
    Provisioning: {
      initial: 'begin',
      states: {
        begin: {
          on: {
            LOOK: [
              { guard: 'noLongerWanted', target: '#host.Deprovisioning.forget' },
              { guard: 'provisioningBegun', target: 'stage' },
              { actions: { type: 'beginOperation', params: { kind: 'Provision' } } },
            ],
          },
        },
        stage: {
          on: {
            LOOK: [
              { guard: 'noLongerWanted', target: '#host.Deprovisioning' },
              { guard: 'outdated', target: 'begin' },
              { guard: 'off', target: 'agent' },
              { actions: 'powerOff' },
            ],
          },
        },
        agent: {
          on: {
            LOOK: [
              { guard: 'noLongerWanted', target: '#host.Deprovisioning' },
              { guard: 'outdated', target: 'begin' },
              { guard: 'agentHere', target: 'write' },
              { guard: 'off', actions: 'bootAgent' },
              { actions: 'awaitAgent' },
            ],
          },
        },
        write: {
          on: {
            LOOK: [
              { guard: 'noLongerWanted', target: '#host.Deprovisioning' },
              { guard: 'outdated', target: 'begin' },
              { guard: 'written', target: 'handover' },
              { guard: 'agentLost', target: 'agent', actions: 'forgetAgent' },
              { actions: { type: 'directAgent', params: { task: 'write' } } },
            ],
          },
        },
        handover: {
          on: {
            LOOK: [
              { guard: 'noLongerWanted', target: '#host.Deprovisioning' },
              { guard: 'outdated', target: 'begin' },
              { guard: 'handedOver', target: 'unstage' },
              { guard: 'agentLost', target: 'agent', actions: 'forgetAgent' },
              { actions: { type: 'directAgent', params: { task: 'handover' } } },
            ],
          },
        },
        unstage: {
          on: {
            LOOK: [
              { guard: 'noLongerWanted', target: '#host.Deprovisioning' },
              { guard: 'outdated', target: 'begin' },
              { guard: 'cleared', target: 'record' },
              { guard: 'off', actions: 'clearBoot' },
              { actions: 'powerOff' },
            ],
          },
        },
        record: {
          on: {
            LOOK: [{ guard: 'recorded', target: '#host.Joining' }, { actions: 'recordInstalled' }],
          },
        },
      },
    },
    Joining: {
      initial: 'boot',
      states: {
        boot: {
          on: {
            LOOK: [
              { guard: 'notWantedAnyMore', target: '#host.Deprovisioning' },
              { guard: 'on', target: 'bootstrap', actions: 'awaitFirstBoot' },
              { actions: ['awaitFirstBoot', 'powerOn'] },
            ],
          },
        },
        bootstrap: {
          on: {
            LOOK: [
              { guard: 'notWantedAnyMore', target: '#host.Deprovisioning' },
              { guard: 'firstBootSucceeded', target: 'node' },
              { guard: 'off', actions: ['awaitFirstBoot', 'powerOn'] },
              { actions: 'awaitFirstBoot' },
            ],
          },
        },
        node: {
          on: {
            LOOK: [
              { guard: 'notWantedAnyMore', target: '#host.Deprovisioning' },
              { guard: 'joined', target: 'proof' },
            ],
          },
        },
        proof: {
          on: {
            LOOK: [
              { guard: 'notWantedAnyMore', target: '#host.Deprovisioning' },
              { guard: 'proven', target: 'settle' },
            ],
          },
        },
        settle: {
          on: {
            LOOK: [
              { guard: 'notWantedAnyMore', target: '#host.Deprovisioning' },
              { guard: 'provisioningBegun', actions: 'endOperation' },
              { target: '#host.InService' },
            ],
          },
        },
      },
    },
    InService: {
      on: {
        LOOK: [
          { guard: 'deletedExternal', target: 'Deleting' },
          { guard: 'releasedInService', target: 'Deprovisioning' },
          { guard: 'rebootWithFirmware', target: 'Servicing' },
          { guard: 'rebootRequested', target: 'Servicing.off' },
          { guard: 'provisioningBegun', actions: 'endOperation' },
          { guard: 'wantsOn', actions: 'powerOn' },
          { guard: 'wantsOff', actions: 'shutDown' },
        ],
      },
    },
    Servicing: {
      initial: 'plan',
      states: {
        plan: {
          on: {
            LOOK: [
              { guard: 'deletedExternal', target: '#host.Deleting' },
              { guard: 'releasedInService', target: '#host.Deprovisioning' },
              { guard: 'firmwareDone', target: 'off' },
              { guard: 'firmwareToApply', target: 'off' },
              { guard: 'firmwareToWrite', target: 'write' },
              { actions: 'planFirmware' },
            ],
          },
        },
        write: {
          on: {
            LOOK: [
              { guard: 'deletedExternal', target: '#host.Deleting' },
              { guard: 'releasedInService', target: '#host.Deprovisioning' },
              { guard: 'firmwareWritten', target: 'off' },
              { actions: 'writeFirmware' },
            ],
          },
        },
        off: {
          on: {
            LOOK: [{ guard: 'off', target: 'on' }, { actions: 'shutDown' }],
          },
        },
        on: {
          on: {
            LOOK: [
              { guard: 'onWithFirmware', target: 'apply' },
              { guard: 'on', target: 'finish' },
              { actions: 'powerOn' },
            ],
          },
        },
        apply: {
          on: {
            LOOK: [
              { guard: 'deletedExternal', target: '#host.Deleting' },
              { guard: 'releasedInService', target: '#host.Deprovisioning' },
              { guard: 'firmwareApplied', target: 'verify' },
              { guard: 'profileChanged', target: 'finish' },
              { guard: 'off', actions: 'powerOn' },
            ],
          },
        },
        verify: {
          on: {
            LOOK: [
              { guard: 'deletedExternal', target: '#host.Deleting' },
              { guard: 'releasedInService', target: '#host.Deprovisioning' },
              { guard: 'firmwareVerified', target: 'settle' },
              { guard: 'firmwareToWrite', target: 'finish' },
              { actions: 'planFirmware' },
            ],
          },
        },
        settle: {
          on: {
            LOOK: [{ guard: 'firmwareSettled', target: 'finish' }, { actions: 'settleFirmware' }],
          },
        },
        finish: {
          on: {
            LOOK: [{ guard: 'rebootAcknowledged', target: '#host.InService' }, { actions: 'acknowledgeReboot' }],
          },
        },
      },
    },
    Deprovisioning: {
      initial: 'begin',
      states: {
        begin: {
          on: {
            LOOK: [
              { guard: 'deprovisioningBegun', target: 'off' },
              { actions: { type: 'beginOperation', params: { kind: 'Deprovision' } } },
            ],
          },
        },
        off: {
          on: {
            LOOK: [
              { guard: ({ event }) => event.facts.power === 'Off' && event.facts.wipes, target: 'agent' },
              { guard: 'off', target: 'clear' },
              { actions: 'powerOff' },
            ],
          },
        },
        agent: {
          on: {
            LOOK: [
              { guard: ({ event }) => !event.facts.wipes, target: 'clear' },
              { guard: 'agentHere', target: 'wipe' },
              { guard: 'off', actions: 'bootAgent' },
              { actions: 'awaitAgent' },
            ],
          },
        },
        wipe: {
          on: {
            LOOK: [
              { guard: ({ event }) => !event.facts.wipes, target: 'clear' },
              { guard: 'wiped', target: 'clear' },
              { guard: 'agentLost', target: 'agent', actions: 'forgetAgent' },
              { actions: { type: 'directAgent', params: { task: 'wipe' } } },
            ],
          },
        },
        clear: {
          on: {
            LOOK: [
              { guard: 'cleared', target: 'forget' },
              { guard: 'off', actions: 'clearBoot' },
              { actions: 'powerOff' },
            ],
          },
        },
        forget: {
          on: {
            LOOK: [
              { guard: ({ event }) => isForgotten(event.facts) && event.facts.deleting, target: '#host.Deleting' },
              { guard: 'forgotten', target: '#host.Available' },
              { actions: 'forgetInstalled' },
            ],
          },
        },
      },
    },
    Deleting: {
      initial: 'release',
      states: {
        release: {
          on: { LOOK: [{ actions: 'release' }] },
        },
      },
    },
  },
})

const isForgotten = (facts: HostFacts): boolean => facts.installed === 'nothing' && facts.operation === 'none'

/** Where a host is: its state and, in compound states, the step. */
export interface Place {
  readonly state: HostState
  readonly step: string | undefined
}

export const start: Place = { state: 'Discovering', step: 'connect' }

/** What happens next at `place` when `facts` are seen. Pure. Throws when `place` does not exist. */
export const step = (place: Place, facts: HostFacts): { place: Place; commands: HostCommand[] } => {
  const [snapshot, actions] = transition(hostMachine, snapshotAt(place), { type: 'LOOK', facts })
  return {
    place: placeOfValue(snapshot.value),
    commands: actions.map(
      ({ type, params }) => (params === undefined ? { type } : { type, params }) as unknown as HostCommand,
    ),
  }
}

/** The description of the step at `place`. */
export const describeStep = ({ state, step: name }: Place): StepDescription => {
  const description = stepDescriptions[name === undefined ? state : `${state}.${name}`]
  if (description === undefined) throw new Error(`no such place: ${state}.${name ?? ''}`)
  return description
}

/** Every place, in the order of the chart. */
export const allPlaces = (): Place[] =>
  Object.entries(hostMachine.states).flatMap(([state, node]): Place[] => {
    const steps = Object.keys(node.states)
    return steps.length === 0
      ? [{ state: state as HostState, step: undefined }]
      : steps.map(name => ({ state: state as HostState, step: name }))
  })

/** The place that status names, or undefined when it is empty or from a release that had other places. */
export const placeOf = (state: string | undefined, stepName: string | undefined): Place | undefined =>
  allPlaces().find(place => place.state === state && place.step === stepName)

const snapshotAt = ({ state, step: name }: Place) =>
  hostMachine.resolveState({ value: name === undefined ? state : { [state]: name } })

const placeOfValue = (value: string | object): Place => {
  if (typeof value === 'string') return { state: value as HostState, step: undefined }
  const [entry] = Object.entries(value) as [HostState, string][]
  if (entry === undefined) throw new Error('a state value without a state')
  return { state: entry[0], step: entry[1] }
}
