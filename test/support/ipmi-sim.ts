import { execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const ipmiSimUser = { username: 'katametal', password: 'ipmi-sim-word' }

/** Whether ipmitool and the ipmi_sim of OpenIPMI are both installed here. */
export const ipmiSimInstalled = (): boolean => ['ipmitool', 'ipmi_sim'].every(isInstalled)

export const isInstalled = (program: string): boolean => {
  try {
    execFileSync('/bin/sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export interface IpmiSimOptions {
  /** The administrator; ipmiSimUser when absent. */
  readonly user?: { readonly username: string; readonly password: string }
  readonly fru?: Uint8Array
  readonly sensors?: readonly {
    readonly name: string
    /** Sensor type, unit and entity (IPMI 2.0 tables 42-3, 43-15 and 43-13). */
    readonly type: number
    readonly unit: number
    readonly entity: number
    /** Shown is the raw value times this. */
    readonly factor?: number
    readonly value: number
  }[]
  /** SEL records without their record id: thirteen bytes after the record type. */
  readonly events?: readonly (readonly number[])[]
}

/**
 * A real IPMI BMC over RMCP+ with one server behind it. It speaks cipher suite 3 but not 17, and drops the UEFI and
 * "all future boots" bits of boot flags, as many real BMCs do.
 */
export const startIpmiSim = async ({ fru, sensors = [], events = [], user = ipmiSimUser }: IpmiSimOptions = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'ipmi-sim-'))
  const port = await freeUdpPort()
  const file = (name: string) => join(folder, name)
  await mkdir(file('state'))
  await writeFile(file('power'), '0')
  await writeFile(file('boot'), 'default')
  await writeFile(file('log'), '')
  await writeFile(file('chassis'), chassisProgram(folder))
  await chmod(file('chassis'), 0o755)
  await writeFile(file('lan.conf'), lanConf(port, file('chassis'), user))
  await writeFile(file('fru'), fru ?? new Uint8Array(256))
  await writeFile(file('bmc.emu'), commands(fru === undefined ? undefined : file('fru'), sensors, events))
  const args = ['-c', file('lan.conf'), '-f', file('bmc.emu'), '-s', file('state'), '-n', '-p']
  const simulator = spawn('ipmi_sim', args, { stdio: 'ignore' })
  return {
    port,
    /** What the chassis was asked to do, in order, without the questions. */
    sets: async () => (await readFile(file('log'), 'utf8')).split('\n').filter(line => line.startsWith('set ')),
    setPower: (on: boolean) => writeFile(file('power'), on ? '1' : '0'),
    stop: async () => {
      const ended = once(simulator, 'exit')
      simulator.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const freeUdpPort = async (): Promise<number> => {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  await new Promise<void>(resolve => socket.close(() => resolve()))
  return port
}

const lanConf = (port: number, chassis: string, user: NonNullable<IpmiSimOptions['user']>): string => {
  const levels = ['callback', 'user', 'operator', 'admin']
  return `name "bmc1"
set_working_mc 0x20
startlan 1
  addr 127.0.0.1 ${port}
  priv_limit admin
${levels.map(level => `  allowed_auths_${level} none md2 md5 straight`).join('\n')}
  guid 00112233445566778899aabbccddeeff
endlan
chassis_control "${chassis} 0x20"
user 1 true "" "nobody-word" user 10 none md2 md5 straight
user 2 true "${user.username}" "${user.password}" admin 10 none md2 md5 straight
`
}

const commands = (
  fru: string | undefined,
  sensors: NonNullable<IpmiSimOptions['sensors']>,
  events: NonNullable<IpmiSimOptions['events']>,
): string =>
  [
    'mc_setbmc 0x20',
    'mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr',
    'sel_enable 0x20 1000 0x0a',
    ...(fru === undefined ? [] : [`mc_add_fru_data 0x20 0 256 file 0 "${fru}"`]),
    ...sensors.flatMap((sensor, index) => sensorCommands(index + 1, sensor)),
    ...events.map(event => `sel_add 0x20 0x02 ${bytes(event)}`),
    'mc_enable 0x20',
    '',
  ].join('\n')

const bytes = (values: readonly number[]): string =>
  values.map(value => `0x${value.toString(16).padStart(2, '0')}`).join(' ')

/** A sensor with its full record (IPMI 2.0 table 43-1), which scans and shows its value. */
const sensorCommands = (
  number: number,
  { name, type, unit, entity, factor = 1, value }: NonNullable<IpmiSimOptions['sensors']>[number],
): string[] => {
  const all = '0'.repeat(3) + '1'.repeat(12)
  const key = [0x20, 0, number, entity, number, 0x7f, 0x68, type, 0x01]
  const masks = [0x95, 0x7a, 0x95, 0x7a, 0x3f, 0x3f, 0, unit, 0, 0]
  const formula = [factor & 0xff, (factor >> 2) & 0xc0, 0, 0, 0, 0]
  const limits = [0, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0, 0, 0]
  const id = [0xc0 | name.length, ...Buffer.from(name, 'latin1')]
  const body = [...key, ...masks, ...formula, ...limits, ...id]
  return [
    `sensor_add 0x20 0 ${number} ${bytes([type, 1])}`,
    `sensor_set_value 0x20 0 ${number} ${value} 0`,
    `sensor_set_event_support 0x20 0 ${number} enable scanning per-state ${all} ${all} ${all} ${all}`,
    `main_sdr_add 0x20 ${bytes([0, 0, 0x51, 0x01, body.length, ...body])}`,
  ]
}

const chassisProgram = (folder: string): string => `#!/bin/sh
cd ${folder}
shift
echo "$*" >> log
case "$1 $2" in
"get power") echo "power:$(cat power)" ;;
"get boot") echo "boot:$(cat boot)" ;;
"set power") echo "$3" > power ;;
"set boot") echo "$3" > boot ;;
esac
exit 0
`
