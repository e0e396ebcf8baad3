import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile } from 'node:fs/promises'

/** A network of its own, with this machine and servers in it. */
export interface VmNetwork {
  readonly name: string
  /** Of this machine. */
  readonly address: string
  readonly tap: string
  /** Starts dnsmasq in it: DHCP for guests, and what else `configuration` says. */
  serve(configuration: string): Promise<void>
  remove(): Promise<void>
}

const prefix = '10.213.77'

/** Only root may make networks. */
export const canMakeNetworks = (): boolean => {
  try {
    execFileSync('ip', ['netns', 'add', 'kmprobe'], { stdio: 'ignore' })
    execFileSync('ip', ['netns', 'delete', 'kmprobe'], { stdio: 'ignore' })
    execFileSync('sh', ['-c', 'PATH=$PATH:/usr/sbin; command -v dnsmasq'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A bridge with a tap in a network namespace, and a cable to this machine. */
export const makeNetwork = async (): Promise<VmNetwork> => {
  const name = `kmvm${process.pid}`
  const cable = `kmv${process.pid}`
  const ip = (...words: string[]): void => {
    execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'inherit'] })
  }
  ip('netns', 'add', name)
  ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'up0', 'netns', name)
  ip('address', 'add', `${prefix}.1/24`, 'dev', cable)
  ip('link', 'set', cable, 'up')
  ip('-n', name, 'link', 'set', 'lo', 'up')
  ip('-n', name, 'link', 'add', 'br0', 'type', 'bridge')
  ip('-n', name, 'address', 'add', `${prefix}.2/24`, 'dev', 'br0')
  ip('-n', name, 'tuntap', 'add', 'dev', 'tap0', 'mode', 'tap')
  for (const device of ['up0', 'tap0']) ip('-n', name, 'link', 'set', device, 'master', 'br0', 'up')
  ip('-n', name, 'link', 'set', 'br0', 'up')
  const children: ReturnType<typeof spawn>[] = []
  return {
    name,
    address: `${prefix}.1`,
    tap: 'tap0',
    serve: async configuration => {
      await appendFile(
        configuration,
        [
          'port=0',
          'interface=br0',
          'bind-interfaces',
          `dhcp-range=${prefix}.50,${prefix}.99,255.255.255.0,10m`,
          'dhcp-leasefile=/dev/null',
          '',
        ].join('\n'),
      )
      const words = ['netns', 'exec', name, 'dnsmasq', '--keep-in-foreground', '--user=root', '-C', configuration]
      children.push(spawn('ip', words, { stdio: ['ignore', 'ignore', 'inherit'] }))
    },
    remove: async () => {
      for (const child of children) {
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        await ended
      }
      ip('netns', 'delete', name)
    },
  }
}
