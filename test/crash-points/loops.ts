import { hostAnnotations } from '../../api/metal/group.js'
import { labNamespace } from '../../src/lab/lab.js'
import { resetByHand, setBiosByHand } from '../support/hands.js'
import { startSite } from '../support/site.js'
import type { Chapter, Loop } from './loop.js'
import {
  annotate,
  applyHost,
  applyMachine,
  applyProfile,
  isOfMachine,
  letGo,
  noHosts,
  only,
  patchHost,
  serverOf,
  untilGone,
  untilPower,
  untilSystem,
  untilWithout,
} from './parts.js'

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

/** A Machine takes the host and gives it back. */
export const usedByMachine: Loop = {
  title: 'a host used by a Machine',
  host: 'lenovo-0',
  start: () =>
    startSite({
      personas: ['lenovo'],
      manager: false,
      machines: 1,
      // The first boot must outlast the pause before the look that waits for it.
      speed: 12,
      adapt: manifest => (isOfMachine(manifest) ? undefined : manifest),
    }),
  cycles: [
    [
      {
        name: 'is provisioned and joins',
        commands: [
          'Provisioning.begin beginOperation Provision',
          'Provisioning.stage powerOff',
          'Provisioning.agent bootAgent',
          'Provisioning.write directAgent write',
          'Provisioning.handover directAgent handover',
          'Provisioning.unstage powerOff',
          'Provisioning.unstage clearBoot',
          'Provisioning.record recordInstalled',
          'Joining.boot awaitFirstBoot',
          'Joining.boot powerOn',
          'Joining.settle endOperation',
        ],
        before: async site => {
          await site.untilState(only(site), 'Available')
          await resetByHand(serverOf(site), 'On')
        },
        begin: applyMachine,
        end: async site => {
          await site.untilState(only(site), 'InService')
          await site.untilPhase('edge-control-plane', 'Running')
        },
      },
      {
        name: 'is given back',
        commands: [
          'Deprovisioning.begin beginOperation Deprovision',
          'Deprovisioning.off powerOff',
          'Deprovisioning.agent bootAgent',
          'Deprovisioning.wipe directAgent wipe',
          'Deprovisioning.clear powerOff',
          'Deprovisioning.clear clearBoot',
          'Deprovisioning.forget forgetInstalled',
        ],
        begin: site => site.machines.delete(labNamespace, 'edge-control-plane'),
        end: async site => {
          await site.until(
            'the Machine to be gone',
            async () => (await site.machines.find(labNamespace, 'edge-control-plane')) === undefined,
          )
          await site.untilState(only(site), 'Available')
        },
      },
    ],
  ],
}

const firmwareChanged = (wish: 'Enabled' | 'Disabled', commands: readonly string[]): Chapter => ({
  name: `has hyper-threading ${wish} in service`,
  commands,
  begin: async site => {
    applyProfile(site, wish)
    await annotate(site, { [hostAnnotations.reboot]: '' })
  },
  end: async site => {
    await untilWithout(site, hostAnnotations.reboot)
    await site.untilState(only(site), 'InService')
    await untilSystem(site)
  },
})

/** What is asked of hosts in service, and of available ones that have a system on their disk. */
export const inService: Loop = {
  title: 'a settled host',
  host: 'supermicro-0',
  start: async () => {
    const site = await startSite({ personas: ['supermicro'], manager: false, adapt: noHosts })
    applyProfile(site, 'Enabled')
    applyHost(site, {
      firmwareProfileName: 'threads',
      image: site.lab.images.image,
      automatedCleaningMode: 'disabled',
      online: true,
    })
    return site
  },
  cycles: [
    [
      {
        name: 'is restarted in service',
        commands: ['Servicing.off shutDown', 'Servicing.on powerOn', 'Servicing.finish acknowledgeReboot'],
        before: async site => {
          await site.untilState(only(site), 'InService')
          await untilSystem(site)
        },
        begin: site => annotate(site, { [hostAnnotations.reboot]: '' }),
        end: async site => {
          await untilWithout(site, hostAnnotations.reboot)
          await site.untilState(only(site), 'InService')
          await untilSystem(site)
        },
      },
    ],
    [
      {
        name: 'is switched off in service',
        commands: ['InService shutDown'],
        begin: site => patchHost(site, { online: false }),
        end: site => untilPower(site, 'Off'),
      },
      {
        name: 'is switched on in service',
        commands: ['InService powerOn'],
        begin: site => patchHost(site, { online: true }),
        end: async site => {
          await untilPower(site, 'On')
          await untilSystem(site)
        },
      },
    ],
    [
      firmwareChanged('Disabled', ['Servicing.plan planFirmware', 'Servicing.verify planFirmware']),
      firmwareChanged('Enabled', ['Servicing.write writeFirmware', 'Servicing.settle settleFirmware']),
    ],
    [
      {
        name: 'has an operation left open',
        commands: ['InService endOperation'],
        begin: async site => {
          const { image } = (await site.host(only(site))).spec
          const operation = JSON.stringify({ id: 'left-open', kind: 'Provision', image })
          await annotate(site, { [hostAnnotations.operation]: operation, [hostAnnotations.blockMove]: '' })
        },
        end: site => untilWithout(site, hostAnnotations.operation),
      },
    ],
    [
      {
        name: 'is switched on while available',
        commands: ['Available powerOn'],
        before: async site => {
          if ((await site.host(only(site))).status?.state === 'InService')
            await patchHost(site, { image: null, online: false })
          await site.untilState(only(site), 'Available')
          await untilPower(site, 'Off')
        },
        begin: site => patchHost(site, { online: true }),
        end: async site => {
          await untilPower(site, 'On')
          await untilSystem(site)
        },
      },
      {
        name: 'is switched off while available',
        commands: ['Available shutDown'],
        begin: site => patchHost(site, { online: false }),
        end: site => untilPower(site, 'Off'),
      },
    ],
    [
      {
        name: 'is inspected again',
        commands: ['Inspecting.done acknowledgeInspect'],
        begin: site => annotate(site, { [hostAnnotations.inspect]: '' }),
        end: async site => {
          await untilWithout(site, hostAnnotations.inspect)
          await site.untilState(only(site), 'Available')
        },
      },
    ],
  ],
}

/** A host that is deleted while its image is written is wiped and let go. */
export const deletedMidway: Loop = {
  title: 'a host deleted in mid-provisioning',
  host: 'dell-0',
  start: () => startSite({ personas: ['dell'], manager: false, adapt: noHosts }),
  cycles: [
    [
      {
        name: 'is deleted while its image is written',
        commands: [
          'Deprovisioning.begin beginOperation Deprovision',
          'Deprovisioning.wipe directAgent wipe',
          'Deprovisioning.clear clearBoot',
          'Deprovisioning.forget forgetInstalled',
          'Deleting.release release',
        ],
        before: site => setBiosByHand(serverOf(site), { ProcVirtualization: 'Enabled' }),
        begin: (site, trap) => {
          trap.meanwhile({ at: 'done', command: 'Provisioning.write directAgent write' }, () =>
            site.hosts.delete(labNamespace, only(site)),
          )
          applyHost(site, { image: site.lab.images.image })
        },
        end: untilGone,
        cutsWrite: true,
      },
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

/** Power that is lost while the agent has a task: the next one starts over. */
export const powerLost: Loop = {
  title: 'a server that loses power',
  host: 'lenovo-0',
  start: () => startSite({ personas: ['lenovo'], manager: false, adapt: noHosts }),
  cycles: [
    [
      {
        name: 'loses power just before its agent gets to write',
        commands: ['Provisioning.write forgetAgent'],
        before: async site => {
          applyHost(site, { automatedCleaningMode: 'disabled' })
          await site.untilState(only(site), 'Available')
        },
        begin: (site, trap) => {
          const point = { at: 'intent', command: 'Provisioning.write directAgent write' } as const
          trap.meanwhile(point, () => resetByHand(serverOf(site), 'ForceOff'))
          return patchHost(site, { image: site.lab.images.image })
        },
        end: site => site.untilState(only(site), 'InService'),
      },
      {
        name: 'is given back without a wipe',
        commands: [],
        begin: site => patchHost(site, { image: null }),
        end: site => site.untilState(only(site), 'Available'),
      },
    ],
  ],
}

export const allLoops: readonly Loop[] = [
  madeReady,
  inspectedInBand,
  usedByMachine,
  slowlyBooted,
  inService,
  deletedMidway,
  powerLost,
]
