import { labNamespace } from '../../src/lab/lab.js'
import { resetByHand, setBiosByHand } from '../support/hands.js'
import { startSite } from '../support/site.js'
import type { Loop } from './loop.js'
import { applyHost, letGo, noHosts, only, serverOf, untilGone } from './parts.js'

/** Discover, inspect, prepare with a change of the firmware, and off again. */
export const madeReady: Loop = {
  title: 'a host made ready with a change of its firmware',
  host: 'dell-0',
  start: () => startSite({ personas: ['dell'], manager: false, adapt: noHosts }),
  cycles: [
    [
      {
        name: 'is inspected and has its firmware changed',
        commands: [
          'Inspecting.outOfBand inspect',
          'Preparing.plan planFirmware',
          'Preparing.write writeFirmware',
          'Preparing.off powerOff',
          'Preparing.apply powerOn',
          'Preparing.verify planFirmware',
          'Preparing.powerDown powerOff',
          'Preparing.settle settleFirmware',
        ],
        before: async site => {
          setBiosByHand(serverOf(site), { ProcVirtualization: 'Disabled' })
          await resetByHand(serverOf(site), 'On')
        },
        begin: site => applyHost(site),
        end: site => site.untilState(only(site), 'Available'),
      },
      letGo,
    ],
  ],
}

/** Inspection by the deploy agent. */
export const inspectedInBand: Loop = {
  title: 'a host inspected by the deploy agent',
  host: 'hpe-0',
  start: () => startSite({ personas: ['hpe'], manager: false, adapt: noHosts }),
  cycles: [
    [
      {
        name: 'is inspected by the agent',
        commands: [
          'Inspecting.inBandOff powerOff',
          'Inspecting.inBand bootAgent',
          'Inspecting.inBand mergeAgentInventory',
          'Inspecting.inBandClear powerOff',
          'Inspecting.inBandClear clearBoot',
          'Inspecting.inBandClear closeOperation',
        ],
        before: site => resetByHand(serverOf(site), 'On'),
        begin: site => applyHost(site, { inspectionMode: 'agent' }),
        end: site => site.untilState(only(site), 'Available'),
      },
      letGo,
    ],
  ],
}

/** A server that is looked at while it boots. */
export const slowlyBooted: Loop = {
  title: 'a server that takes its time to boot',
  host: 'hpe-0',
  start: () => startSite({ personas: ['hpe'], manager: false, speed: 8, adapt: noHosts }),
  cycles: [
    [
      {
        name: 'is inspected by the agent and provisioned',
        commands: ['Inspecting.inBand awaitAgent', 'Provisioning.agent awaitAgent', 'Joining.bootstrap awaitFirstBoot'],
        begin: site => applyHost(site, { inspectionMode: 'agent', image: site.lab.images.image }),
        end: site => site.untilState(only(site), 'InService'),
      },
      {
        name: 'is deleted in service',
        commands: ['Deprovisioning.agent awaitAgent'],
        begin: site => site.hosts.delete(labNamespace, only(site)),
        end: untilGone,
      },
    ],
  ],
}
