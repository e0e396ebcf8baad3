import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.js'
import { run } from '../../src/cli/program.js'
import { testConsole } from '../support/test-console.js'
import { judgeProgram } from './installed.js'
import { inFolder } from './run-program.js'

/** An emulated BMC that others wrote, and our command line against it. */
export interface Emulator {
  readonly address: string
  /** Runs `katametal bmc <words> ADDRESS <more> -o json` and answers what it printed; throws what it says otherwise. */
  readonly ask: (verb: string, ...more: readonly string[]) => Promise<unknown>
}

interface Start {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Record<string, string>
}

export const emulatorLogin = { username: 'root', password: 'calvin' }

/** sushy-tools with the driver that keeps servers in memory. Power changes come seconds late there, at random. */
export const withSushyTools = (use: (emulator: Emulator) => Promise<void>): Promise<void> =>
  withEmulator('redfish+http', use, (folder, port) => {
    const config = join(folder, 'emulator.conf')
    const settings = { LISTEN_IP: "'127.0.0.1'", LISTEN_PORT: port, FAKE_DRIVER: 'True' }
    const lines = Object.entries(settings).map(([name, value]) => `SUSHY_EMULATOR_${name} = ${value}`)
    writeFileSync(config, `${lines.join('\n')}\n`)
    return { program: judgeProgram('sushy-emulator'), args: ['--config', config] }
  })

const systemPackages = '/usr/lib/python3/dist-packages'

const libvirtFiles = (): string[] => {
  try {
    return readdirSync(systemPackages).filter(name => /^libvirt(?:mod\.cpython.*\.so|\.py)$/.test(name))
  } catch {
    return []
  }
}

/** Whether Debian's python3-libvirt is here. */
export const libvirtInstalled = (): boolean => libvirtFiles().length > 1

/**
 * sushy-tools on the host that libvirt keeps in memory for tests; no daemon and no KVM. That host forgets every change
 * unless a connection to it is held.
 */
export const withSushyToolsOnLibvirt = (use: (emulator: Emulator) => Promise<void>): Promise<void> =>
  withEmulator('redfish+http', use, (folder, port) => {
    for (const name of libvirtFiles()) symlinkSync(join(systemPackages, name), join(folder, name))
    writeFileSync(join(folder, 'sitecustomize.py'), 'import libvirt\n_held = libvirt.open("test:///default")\n')
    const args = ['-i', '127.0.0.1', '-p', String(port), '--libvirt-uri', 'test:///default', '--feature-set', 'full']
    return { program: judgeProgram('sushy-emulator'), args, env: { PYTHONPATH: folder } }
  })

/** The iDRAC look-alike of badfish. */
export const withBadfishEmulator = (use: (emulator: Emulator) => Promise<void>): Promise<void> =>
  withEmulator('redfish', use, (folder, port) => ({
    program: judgeProgram('badfish'),
    args: ['--redfish-emulator', '--port', String(port)],
    env: {
      BADFISH_EMULATOR_USER: emulatorLogin.username,
      BADFISH_EMULATOR_PASSWORD: emulatorLogin.password,
      BADFISH_EMULATOR_USERS: join(folder, 'users.json'),
      XDG_CACHE_HOME: folder,
    },
  }))

const withEmulator = (
  scheme: string,
  use: (emulator: Emulator) => Promise<void>,
  prepare: (folder: string, port: number) => Start,
): Promise<void> =>
  inFolder(async folder => {
    const port = await freePort()
    const { program, args, env } = prepare(folder, port)
    const child = spawn(program, args, { cwd: folder, env: { ...process.env, ...env }, detached: true })
    const said: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
    const ended = once(child, 'exit')
    try {
      await answering(port, () => child.exitCode === null, said)
      await use(emulatorAt(`${scheme}://127.0.0.1:${port}`))
    } finally {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
      await ended
    }
  })

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

/** Waits until something takes connections at the port. */
const answering = async (port: number, alive: () => boolean, said: readonly Buffer[]): Promise<void> => {
  const end = systemClock.now() + 60_000
  while (alive() && systemClock.now() < end) {
    if (await connects(port)) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`the emulator did not start: ${Buffer.concat(said).toString().slice(-2000)}`)
}

const connects = async (port: number): Promise<boolean> => {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

const emulatorAt = (address: string): Emulator => ({
  address,
  ask: async (verb, ...more) => {
    const console = testConsole({
      KATAMETAL_BMC_USERNAME: emulatorLogin.username,
      KATAMETAL_BMC_PASSWORD: emulatorLogin.password,
    })
    const exit = await run(['bmc', verb, address, ...more, '--insecure', '-o', 'json'], console, systemClock)
    if (exit !== 0) throw new Error(`bmc ${verb} ended with ${exit}: ${console.text.err}`)
    return JSON.parse(console.text.out) as unknown
  },
})
