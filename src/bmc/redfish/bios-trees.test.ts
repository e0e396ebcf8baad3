import { describe, expect, it } from 'vitest'
import { openBiosService } from '../../../test/support/bios-service.js'
import { hasTree, unpackTree } from '../../../test/support/captured-trees.js'
import { fastClock } from '../../../test/support/redfish-client.js'
import { secureBootSetting } from '../../firmware/model.js'
import { readBios, writeBios } from './bios.js'

const call = { signal: new AbortController().signal }

/** What is known about each captured tree: counted in the files, not taken from our own output. */
const trees = [
  {
    name: 'dell-r750-idrac9-6.00',
    systemPath: '/redfish/v1/Systems/System.Embedded.1',
    attributes: 455,
    registry: 682,
    evidence: /BiosAttributeRegistry\.v1_0_0 begins like BiosAttributeRegistry\.v1_0_3, en, at .*\/Bios\/BiosRegistry/,
    gets: 6,
    change: { ProcVirtualization: 'Disabled' },
  },
  {
    name: 'hpe-dl360-gen10plus-ilo5',
    systemPath: '/redfish/v1/Systems/1',
    attributes: 276,
    registry: 552,
    evidence: /exact Id BiosAttributeRegistryU46\.v1_2_34, en, at .*\/en\//,
    gets: 6,
    change: { ProcHyperthreading: 'Disabled' },
  },
  {
    name: 'supermicro-821ge-x13',
    systemPath: '/redfish/v1/Systems/1',
    attributes: 379,
    registry: 495,
    evidence: /but for spelling, en, at \/registries\/BiosAttributeRegistry\.1\.0\.0\.json/,
    gets: 6,
    change: { IntelVirtualizationTechnology_3C6F: 'Disable' },
  },
  {
    name: 'intel-s2600bpb',
    systemPath: '/redfish/v1/Systems/QSBP74100021',
    attributes: 864,
    registry: undefined,
    evidence: /BiosAttributeRegistry no registry file matches/,
    gets: 7,
    change: { VTdSupport: '1' },
  },
]

describe.each(trees)('the BIOS settings of the captured $name', tree => {
  it.skipIf(!hasTree(tree.name))(
    'are read with their registry in few requests, and one is written',
    async () => {
      const { folder, remove } = unpackTree(tree.name)
      const { server, client, context, stop } = await openBiosService({ folder, systemPath: tree.systemPath })
      try {
        const snapshot = await readBios(client, context, call)
        const names = Object.keys(snapshot.attributes).filter(name => name !== secureBootSetting)
        expect(names).toHaveLength(tree.attributes)
        expect(snapshot.registry?.attributes.length).toBe(tree.registry)
        expect(snapshot.registryEvidence).toMatch(tree.evidence)
        expect(snapshot.pending).toEqual({})
        expect(snapshot.complaints).toEqual([])
        expect(server.requests).toHaveLength(tree.gets)
        const { accepted } = await writeBios(client, context, tree.change, fastClock, call)
        expect(accepted).toEqual(Object.keys(tree.change))
        const [name = ''] = accepted
        const { pending } = await readBios(client, context, call)
        expect(Object.keys(pending)).toEqual([name])
        expect(typeof pending[name]).toBe(typeof snapshot.attributes[name])
      } finally {
        await stop()
        remove()
      }
    },
    60_000,
  )
})
