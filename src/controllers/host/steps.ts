import type { Look } from './facts.js'

/** What the reconcile needs to know about a step of the lifecycle, besides its transitions. */
export interface StepDescription {
  /** What the step waits for, in words for people. */
  readonly awaiting: string
  /** After how long the step counts as stuck; undefined for settled states. */
  readonly deadlineMs?: number
  /** What has to be looked at on the BMC. */
  readonly looks: readonly Look[]
  /** The agent is at work: when it is silent, the power is looked at, and a BMC that does not answer is no failure. */
  readonly agentWorks?: true
  /** The longest pause between two looks. */
  readonly maxPollMs: number
  /** For people: what would unblock the step when it does not move. */
  readonly unblock: string
}

const seconds = 1000
const minutes = 60 * seconds

const checkBMC = 'The BMC must answer: check its network and credentials (`katametal bmc doctor`).'
const checkServer = 'Look at the console of the server; `katametal host retry` looks again at once.'

/** One row for each place of the statechart, keyed `State` or `State.step`. */
export const stepDescriptions: Readonly<Record<string, StepDescription>> = {
  'Discovering.connect': {
    awaiting: 'the BMC to accept a login and show its system',
    deadlineMs: 10 * minutes,
    looks: ['identity'],
    maxPollMs: 30 * seconds,
    unblock: checkBMC,
  },
  'Inspecting.outOfBand': {
    awaiting: 'the BMC to list the parts of the server',
    deadlineMs: 15 * minutes,
    looks: ['identity'],
    maxPollMs: 30 * seconds,
    unblock: checkBMC,
  },
  'Inspecting.inBandOff': {
    awaiting: 'the server to be off, so that the deploy agent can be booted',
    deadlineMs: 5 * minutes,
    looks: ['power'],
    maxPollMs: 5 * seconds,
    unblock: checkBMC,
  },
  'Inspecting.inBand': {
    awaiting: 'the deploy agent to boot and report what it sees',
    deadlineMs: 30 * minutes,
    looks: ['power'],
    maxPollMs: 10 * seconds,
    unblock: checkServer,
  },
  'Inspecting.inBandClear': {
    awaiting: 'the server to be off with no medium inserted',
    deadlineMs: 10 * minutes,
    looks: ['power', 'boot'],
    maxPollMs: 5 * seconds,
    unblock: checkBMC,
  },
  'Inspecting.done': {
    awaiting: 'the inspect annotation to be removed',
    deadlineMs: 1 * minutes,
    looks: [],
    maxPollMs: 1 * seconds,
    unblock: checkBMC,
  },
  'Preparing.plan': {
    awaiting: 'the BIOS settings to be read and compared with the firmware profile',
    deadlineMs: 10 * minutes,
    looks: ['bios'],
    maxPollMs: 30 * seconds,
    unblock: checkBMC,
  },
  'Preparing.write': {
    awaiting: 'the BMC to hold the wanted BIOS settings as pending',
    deadlineMs: 15 * minutes,
    looks: ['bios'],
    maxPollMs: 10 * seconds,
    unblock: 'Clear the job queue of the BMC; see the message of condition FirmwareCompliant.',
  },
  'Preparing.off': {
    awaiting: 'the server to be off, so that the BIOS takes the settings at the next start',
    deadlineMs: 5 * minutes,
    looks: ['power'],
    maxPollMs: 5 * seconds,
    unblock: checkBMC,
  },
  'Preparing.apply': {
    awaiting: 'the BIOS to take the settings during the start and show them',
    deadlineMs: 30 * minutes,
    looks: ['power', 'bios'],
    maxPollMs: 10 * seconds,
    unblock: 'Look at the console and the job queue of the BMC; see `katametal bmc plan`.',
  },
  'Preparing.verify': {
    awaiting: 'the settings to be read back and written down as proof',
    deadlineMs: 10 * minutes,
    looks: ['bios'],
    maxPollMs: 10 * seconds,
    unblock: checkBMC,
  },
  'Preparing.powerDown': {
    awaiting: 'the server to be off again',
    deadlineMs: 5 * minutes,
    looks: ['power'],
    maxPollMs: 5 * seconds,
    unblock: checkBMC,
  },
  'Preparing.settle': {
    awaiting: 'the result to be written down',
    deadlineMs: 5 * minutes,
    looks: [],
    maxPollMs: 1 * seconds,
    unblock: checkBMC,
  },
  Available: {
    awaiting: 'somebody to claim the host or to set spec.image',
    looks: ['power'],
    maxPollMs: 60 * seconds,
    unblock: 'Nothing is wrong: create a Machine or set spec.image.',
  },
  'Provisioning.begin': {
    awaiting: 'the operation to be written down',
    deadlineMs: 5 * minutes,
    looks: [],
    maxPollMs: 1 * seconds,
    unblock: checkBMC,
  },
  'Provisioning.stage': {
    awaiting: 'the server to be off',
    deadlineMs: 5 * minutes,
    looks: ['power'],
    maxPollMs: 5 * seconds,
    unblock: checkBMC,
  },
  'Provisioning.agent': {
    awaiting: 'the deploy agent to boot and call',
    deadlineMs: 30 * minutes,
    looks: ['power'],
    maxPollMs: 10 * seconds,
    unblock: 'Look at the console of the server; it must reach the manager over the network.',
  },
  'Provisioning.write': {
    awaiting: 'the deploy agent to write and verify the image',
    deadlineMs: 60 * minutes,
    looks: [],
    agentWorks: true,
    maxPollMs: 10 * seconds,
    unblock: 'See the message of condition Provisioned; correct spec.image or the file behind it.',
  },
  'Provisioning.handover': {
    awaiting: 'the deploy agent to write the config drive',
    deadlineMs: 15 * minutes,
    looks: [],
    agentWorks: true,
    maxPollMs: 10 * seconds,
    unblock: checkServer,
  },
  'Provisioning.unstage': {
    awaiting: 'the server to be off with no medium inserted and no boot override',
    deadlineMs: 10 * minutes,
    looks: ['power', 'boot'],
    maxPollMs: 5 * seconds,
    unblock: checkBMC,
  },
  'Provisioning.record': {
    awaiting: 'what was installed to be written down',
    deadlineMs: 5 * minutes,
    looks: [],
    maxPollMs: 1 * seconds,
    unblock: checkBMC,
  },
  'Joining.boot': {
    awaiting: 'the server to be on',
    deadlineMs: 5 * minutes,
    looks: ['power'],
    maxPollMs: 5 * seconds,
    unblock: checkBMC,
  },
  'Joining.bootstrap': {
    awaiting: 'the first boot to report that its bootstrap succeeded',
    deadlineMs: 30 * minutes,
    looks: ['power'],
    maxPollMs: 15 * seconds,
    unblock: 'Look at the console of the server and at its cloud-init log.',
  },
  'Joining.node': {
    awaiting: 'a Ready Node with the providerID of the host',
    deadlineMs: 30 * minutes,
    looks: [],
    maxPollMs: 10 * seconds,
    unblock: 'Look at the kubelet log of the server; the Node must carry the providerID in the message.',
  },
  'Joining.proof': {
    awaiting: 'the running system to show what the firmware profile demands, and a Kata pod to run in a VM',
    deadlineMs: 30 * minutes,
    looks: [],
    maxPollMs: 15 * seconds,
    unblock:
      'Compare HostFirmware with the BIOS setup, and read condition KataProven; reprovision the host when both are right.',
  },
  'Joining.settle': {
    awaiting: 'the operation to be closed',
    deadlineMs: 5 * minutes,
    looks: [],
    maxPollMs: 1 * seconds,
    unblock: checkBMC,
  },
  InService: {
    awaiting: 'a change of the spec or a reboot request',
    looks: ['power'],
    maxPollMs: 60 * seconds,
    unblock: 'Nothing is wrong.',
  },
  'Servicing.plan': {
    awaiting: 'the BIOS settings to be read and compared with the firmware profile',
    deadlineMs: 10 * minutes,
    looks: ['bios'],
    maxPollMs: 30 * seconds,
    unblock: checkBMC,
  },
  'Servicing.write': {
    awaiting: 'the BMC to hold the wanted BIOS settings as pending',
    deadlineMs: 15 * minutes,
    looks: ['bios'],
    maxPollMs: 10 * seconds,
    unblock: 'Clear the job queue of the BMC; see the message of condition FirmwareCompliant.',
  },
  'Servicing.off': {
    awaiting: 'the operating system to shut down',
    deadlineMs: 10 * minutes,
    looks: ['power'],
    maxPollMs: 5 * seconds,
    unblock: checkServer,
  },
  'Servicing.on': {
    awaiting: 'the server to be on',
    deadlineMs: 10 * minutes,
    looks: ['power'],
    maxPollMs: 5 * seconds,
    unblock: checkBMC,
  },
  'Servicing.apply': {
    awaiting: 'the BIOS to take the settings during the start and show them',
    deadlineMs: 30 * minutes,
    looks: ['power', 'bios'],
    maxPollMs: 10 * seconds,
    unblock: 'Look at the console and the job queue of the BMC; see `katametal bmc plan`.',
  },
  'Servicing.verify': {
    awaiting: 'the settings to be read back and written down as proof',
    deadlineMs: 10 * minutes,
    looks: ['bios'],
    maxPollMs: 10 * seconds,
    unblock: checkBMC,
  },
  'Servicing.settle': {
    awaiting: 'the result to be written down',
    deadlineMs: 5 * minutes,
    looks: [],
    maxPollMs: 1 * seconds,
    unblock: checkBMC,
  },
  'Servicing.finish': {
    awaiting: 'the reboot request to be acknowledged',
    deadlineMs: 5 * minutes,
    looks: [],
    maxPollMs: 1 * seconds,
    unblock: checkBMC,
  },
  'Deprovisioning.begin': {
    awaiting: 'the operation to be written down',
    deadlineMs: 5 * minutes,
    looks: [],
    maxPollMs: 1 * seconds,
    unblock: checkBMC,
  },
  'Deprovisioning.off': {
    awaiting: 'the server to be off',
    deadlineMs: 5 * minutes,
    looks: ['power'],
    maxPollMs: 5 * seconds,
    unblock: checkBMC,
  },
  'Deprovisioning.agent': {
    awaiting: 'the deploy agent to boot and call',
    deadlineMs: 30 * minutes,
    looks: ['power'],
    maxPollMs: 10 * seconds,
    unblock: 'Look at the console; set automatedCleaningMode: disabled to give the host back without a wipe.',
  },
  'Deprovisioning.wipe': {
    awaiting: 'the deploy agent to wipe the disks',
    deadlineMs: 60 * minutes,
    looks: [],
    agentWorks: true,
    maxPollMs: 10 * seconds,
    unblock: 'Set automatedCleaningMode: disabled to give the host back without a wipe.',
  },
  'Deprovisioning.clear': {
    awaiting: 'the server to be off with no medium inserted and no boot override',
    deadlineMs: 10 * minutes,
    looks: ['power', 'boot'],
    maxPollMs: 5 * seconds,
    unblock: checkBMC,
  },
  'Deprovisioning.forget': {
    awaiting: 'the end of the operation to be written down',
    deadlineMs: 5 * minutes,
    looks: [],
    maxPollMs: 1 * seconds,
    unblock: checkBMC,
  },
  'Deleting.release': {
    awaiting: 'the session of the BMC to be closed and the object to go',
    deadlineMs: 5 * minutes,
    looks: [],
    maxPollMs: 5 * seconds,
    unblock: 'Another finalizer may hold the object.',
  },
}
