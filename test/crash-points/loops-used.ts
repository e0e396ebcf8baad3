import type { PersonaName } from '../../src/lab/bmc/personas/personas.js'
import { labNamespace } from '../../src/lab/lab.js'
import { resetByHand } from '../support/hands.js'
import { startSite } from '../support/site.js'
import type { Loop } from './loop.js'
import { applyMachine, isOfMachine, only, serverOf } from './parts.js'

/** A Machine takes the host and gives it back. */
const usedBy = (persona: PersonaName, provisioning: readonly string[], givingBack: readonly string[]): Loop => ({
  title: `a host of make ${persona} used by a Machine`,
  host: `${persona}-0`,
  start: () =>
    startSite({
      personas: [persona],
      manager: false,
      machines: 1,
      adapt: manifest => (isOfMachine(manifest) ? undefined : manifest),
    }),
  cycles: [
    [
      {
        name: 'is provisioned and joins',
        commands: provisioning,
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
        commands: givingBack,
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
})

/** The commands are shared between two hosts that live at the same time. */
export const usedByMachines: readonly Loop[] = [
  usedBy(
    'lenovo',
    [
      'Provisioning.begin beginOperation Provision',
      'Provisioning.stage powerOff',
      'Provisioning.agent bootAgent',
      'Provisioning.write directAgent write',
      'Provisioning.handover directAgent handover',
      'Joining.settle endOperation',
    ],
    [
      'Deprovisioning.begin beginOperation Deprovision',
      'Deprovisioning.off powerOff',
      'Deprovisioning.clear powerOff',
      'Deprovisioning.clear clearBoot',
    ],
  ),
  usedBy(
    'dell',
    [
      'Provisioning.unstage powerOff',
      'Provisioning.unstage clearBoot',
      'Provisioning.record recordInstalled',
      'Joining.boot awaitFirstBoot',
      'Joining.boot powerOn',
    ],
    ['Deprovisioning.agent bootAgent', 'Deprovisioning.wipe directAgent wipe', 'Deprovisioning.forget forgetInstalled'],
  ),
]
