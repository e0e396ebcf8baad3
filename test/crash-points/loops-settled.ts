import { hostAnnotations } from '../../api/metal/group.js'
import { startSite } from '../support/site.js'
import type { Chapter, Loop } from './loop.js'
import {
  annotate,
  applyHost,
  applyProfile,
  noHosts,
  only,
  patchHost,
  untilPower,
  untilSystem,
  untilWithout,
} from './parts.js'

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
