import { join } from 'node:path'
import type { AgentHello } from '../../deploy/protocol.js'
import type { Neighbour } from './lldp.js'
import { exists, known, linkName, namesIn, readNumber, readText } from './sysfs.js'

export type Nic = NonNullable<AgentHello['inventory']['nics']>[number]

/** Network adapters that are hardware, by name, with the neighbours that were heard so far. */
export const readNics = async (root: string, neighbours: ReadonlyMap<string, Neighbour>): Promise<Nic[]> => {
  const folder = join(root, 'sys/class/net')
  const nics: Nic[] = []
  for (const name of await namesIn(folder)) {
    if (!(await exists(folder, name, 'device'))) continue
    const mac = await readText(folder, name, 'address')
    if (mac === undefined) continue
    const speed = await readNumber(folder, name, 'speed')
    const carrier = await readNumber(folder, name, 'carrier')
    nics.push({
      name,
      mac: mac.toLowerCase(),
      ...known({
        linkUp: carrier === undefined ? undefined : carrier === 1,
        speedMbps: speed !== undefined && speed > 0 ? speed : undefined,
        model: await linkName(folder, name, 'device/driver'),
        lldp: neighbours.get(name),
      }),
    })
  }
  return nics
}
