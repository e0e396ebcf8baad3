import { labNamespace } from '../../src/lab/lab.js'
import { resetByHand, setBiosByHand } from '../support/hands.js'
import { startSite } from '../support/site.js'
import type { Loop } from './loop.js'
import { applyHost, noHosts, only, patchHost, serverOf, untilGone } from './parts.js'

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
