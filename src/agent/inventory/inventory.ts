import type { AgentHello } from '../../deploy/protocol.js'
import type { RunProgram } from '../programs.js'
import { readDrives } from './drives.js'
import type { Neighbour } from './lldp.js'
import { readNics } from './nics.js'
import { readMemory, readProcessors } from './processors.js'
import { known } from './sysfs.js'
import { readSystem } from './system.js'
import { readVirtualization } from './virtualization.js'

/** What the running kernel sees below `root` (`/`, or a copy of one in tests). What cannot be read is left out. */
export const readInventory = async (
  root: string,
  neighbours: ReadonlyMap<string, Neighbour>,
  run: RunProgram,
): Promise<AgentHello['inventory']> => {
  const processors = await readProcessors(root)
  return {
    system: await readSystem(root),
    processors,
    nics: await readNics(root, neighbours),
    drives: await readDrives(root),
    virtualization: await readVirtualization(root, processors.flags ?? [], run),
    ...known({ memory: await readMemory(root) }),
  }
}
