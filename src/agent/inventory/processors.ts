import { join } from 'node:path'
import type { AgentHello } from '../../deploy/protocol.js'
import { known, readText } from './sysfs.js'

type Inventory = AgentHello['inventory']

/** From /proc/cpuinfo. */
export const readProcessors = async (root: string): Promise<NonNullable<Inventory['processors']>> => {
  const text = (await readText(join(root, 'proc/cpuinfo'))) ?? ''
  const value = (name: string): string | undefined => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(text)?.[1]?.trim()
  const threads = text.match(/^processor\s*:/gm)?.length
  return known({
    architecture: 'x86_64',
    threads,
    model: value('model name'),
    flags: value('flags')?.split(' '),
  })
}

export const readMemory = async (root: string): Promise<Inventory['memory']> => {
  const kibibytes = /^MemTotal:\s+(\d+) kB/m.exec((await readText(join(root, 'proc/meminfo'))) ?? '')?.[1]
  return kibibytes === undefined ? undefined : { totalMiB: Math.round(Number(kibibytes) / 1024) }
}
