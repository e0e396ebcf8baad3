import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { ask, credentials } from '../../../test/support/bmc-client.js'
import { places } from '../../../test/support/bmc-simulators.js'
import { type DeployStandIn, startDeployStandIn } from '../../../test/support/deploy-stand-in.js'
import { createAuthority } from '../../base/certificates.js'
import { systemClock } from '../../base/clock.js'
import type { AgentPlan } from '../../deploy/protocol.js'
import { startBmcSimulator } from '../bmc/simulator.js'
import { createSimulatedServer } from './simulated-server.js'
import type { ServerTimings } from './timings.js'

const image = Buffer.from('an operating system '.repeat(5000))
const digest = createHash('sha256').update(image).digest('hex')
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

const { system, settings, slot } = places.dell
const mac = '02:4b:4d:00:00:00'

const startDeploy = async () => {
  const deploy = await startDeployStandIn(image)
  stops.push(() => deploy.stop())
  return deploy
}

const startMachine = async (deploy: DeployStandIn, timings: Partial<ServerTimings> = {}) => {
  const server = createSimulatedServer({
    name: 'host-0',
    mac,
    disks: [
      { deviceName: '/dev/sda', sizeBytes: 1_000_000 },
      { deviceName: '/dev/sdb', sizeBytes: 10 },
    ],
    clock: systemClock,
    timings: { speed: 40, ...timings },
    netbootURL: `${deploy.url}/netboot`,
  })
  const bmc = await startBmcSimulator({
    persona: 'dell',
    credentials,
    clock: systemClock,
    timings: { speed: 40 },
    server,
  })
  stops.push(() => bmc.stop())
  const post = (path: string, json: unknown) => ask(bmc, 'POST', path, { json })
  const reset = (ResetType: string) => post(`${system}/Actions/ComputerSystem.Reset`, { ResetType })
  const boot = (BootSourceOverrideTarget: string) =>
    ask(bmc, 'PATCH', system, { json: { Boot: { BootSourceOverrideTarget, BootSourceOverrideEnabled: 'Once' } } })
  return {
    server,
    bmc,
    reset,
    boot,
    /** Inserts the boot medium and switches on; resolves with the hello of the agent. */
    bootAgent: async () => {
      deploy.setPlan({ action: 'wait' })
      await post(`${slot}/Actions/VirtualMedia.EjectMedia`, {})
      await post(`${slot}/Actions/VirtualMedia.InsertMedia`, { Image: `${deploy.url}/media/boot.iso` })
      await boot('Cd')
      await reset(bmc.power === 'Off' ? 'On' : 'ForceRestart')
      return deploy.next('hello')
    },
    off: async () => {
      if (bmc.power !== 'Off') await reset('ForceOff')
      await deploy.until(() => bmc.power === 'Off')
    },
  }
}

type Machine = Awaited<ReturnType<typeof startMachine>>

const writePlan = (deploy: DeployStandIn, change: { url?: string; checksum?: string; device?: string } = {}) =>
  ({
    action: 'write-image',
    taskID: 'op-write',
    device: change.device ?? '/dev/sda',
    image: {
      url: change.url ?? `${deploy.url}/image`,
      checksum: change.checksum ?? digest,
      checksumType: 'sha256',
    },
  }) satisfies AgentPlan

const install = async (deploy: DeployStandIn, { bootAgent, bmc }: Machine) => {
  await bootAgent()
  deploy.setPlan(writePlan(deploy))
  await deploy.next('result')
  deploy.setPlan({ action: 'handover', taskID: 'op-handover', device: '/dev/sda' })
  await deploy.next('result')
  deploy.setPlan({ action: 'power-off' })
  await deploy.until(() => bmc.power === 'Off')
}

describe('the simulated server', () => {
  it('boots the agent from virtual CD, writes the image, takes the config drive, halts, and joins with its first boot', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy)
    await install(deploy, machine)
    expect(deploy.heard.map(({ what }) => what)).toEqual(['hello', 'result', 'bootdata', 'result'])
    expect(machine.server.journal.destructive).toEqual([`wrote image ${digest} task op-write`])
    await machine.reset('On')
    expect(await deploy.next('phone-home')).toMatchObject({
      hostName: 'node-0',
      bootstrap: 'succeeded',
      virtualization: { cpuFlag: false, kvm: false, iommuGroups: 0 },
    })
    expect(deploy.nodes).toMatchObject({
      'node-0': {
        metadata: { labels: { 'kubernetes.io/hostname': 'node-0' } },
        spec: { providerID: 'katametal://lab/host-0' },
        status: {
          conditions: expect.arrayContaining([expect.objectContaining({ type: 'Ready', status: 'True' })]),
          runtimeHandlers: [{ name: '' }, { name: 'runc' }],
        },
      },
    })
  })

  it('tells what the kernel sees: disks, and virtualization as the BIOS in force has it', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy)
    const before = await machine.bootAgent()
    expect(before.inventory).toMatchObject({
      drives: [{ deviceName: '/dev/sda', sizeBytes: 1_000_000 }, { deviceName: '/dev/sdb' }],
      virtualization: { cpuFlag: false, kvm: false, iommuGroups: 0 },
      nics: [{ mac }],
    })
    await ask(machine.bmc, 'PATCH', settings, {
      json: {
        Attributes: { ProcVirtualization: 'Enabled' },
        '@Redfish.SettingsApplyTime': { ApplyTime: 'OnReset' },
      },
    })
    const after = await machine.bootAgent()
    expect(after.inventory.virtualization).toMatchObject({ cpuFlag: true, kvm: true })
    expect(after.inventory.virtualization.iommuGroups).toBeGreaterThan(0)
    expect(after.inventory.processors.flags).toContain('vmx')
    expect(after.bootID).not.toBe(before.bootID)
  })

  it('boots over the network when it is offered something, else its disk, else nothing', async () => {
    const deploy = await startDeploy()
    const { server, boot, reset, off } = await startMachine(deploy)
    await boot('Pxe')
    await reset('On')
    await deploy.until(() => server.state === 'no bootable device')
    expect(server.journal.happened).toEqual(['boots network', 'nothing to boot from network', 'no bootable device'])
    await off()
    deploy.netbootMAC = mac
    await boot('Pxe')
    await reset('On')
    await deploy.next('hello')
    expect(server.state).toBe('agent')
  })

  it('stays in the setup menu when told to', async () => {
    const deploy = await startDeploy()
    const { server, boot, reset } = await startMachine(deploy)
    await boot('BiosSetup')
    await reset('On')
    await deploy.until(() => server.state === 'setup')
    expect(deploy.heard).toEqual([])
  })

  it('says truthfully why an image could not be written, and leaves nothing bootable behind', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy)
    await machine.bootAgent()
    const outcome = async (taskID: string, change: Parameters<typeof writePlan>[1]) => {
      deploy.setPlan({ ...writePlan(deploy, change), taskID })
      const { ok, code, message } = await deploy.next('result')
      return [ok, code, message]
    }
    expect(await outcome('1', { device: '/dev/sdz' })).toEqual([false, 'RootDeviceNotFound', 'there is no /dev/sdz'])
    expect(await outcome('2', { checksum: '0'.repeat(64) })).toEqual([
      false,
      'ImageChecksumMismatch',
      `the image has sha256 ${digest}`,
    ])
    expect(await outcome('3', { device: '/dev/sdb' })).toEqual([
      false,
      'AgentFailed',
      'the image is larger than the disk',
    ])
    deploy.failNext.set('image', [404])
    expect(await outcome('4', {})).toEqual([false, 'ImageMissing', `${deploy.url}/image answered 404`])
    const [ok, code] = await outcome('5', { url: 'https://127.0.0.1:1/image' })
    expect([ok, code]).toEqual([false, 'ImageMissing'])
    expect(machine.server.journal.destructive).toEqual([])
    expect(machine.server.disks.map(({ installed }) => installed)).toEqual([undefined, undefined])
  })

  it('does a task once, however often it is asked for', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy)
    await machine.bootAgent()
    deploy.setPlan(writePlan(deploy))
    const first = await deploy.next('result')
    deploy.setPlan(writePlan(deploy))
    expect(await deploy.next('result')).toEqual(first)
    expect(machine.server.journal.destructive).toHaveLength(1)
  })

  it('reports progress while it writes', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy, { imageWrite: 24_000 })
    await machine.bootAgent()
    const before = deploy.progress.length
    deploy.setPlan(writePlan(deploy))
    await deploy.next('result')
    const reports = deploy.progress.slice(before)
    expect(reports.length).toBeGreaterThanOrEqual(3)
    expect(reports.at(-1)).toEqual({
      taskID: 'op-write',
      phase: 'Writing',
      bytes: image.length,
      totalBytes: image.length,
    })
  })

  it('wipes what it is told to and keeps the rest', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy)
    await install(deploy, machine)
    await machine.bootAgent()
    deploy.setPlan({ action: 'wipe', taskID: 'op-keep', level: 'metadata', keep: ['/dev/sda'] })
    expect(await deploy.next('result')).toMatchObject({ ok: true, wiped: ['/dev/sdb'] })
    expect(machine.server.disks[0]?.installed?.digest).toBe(digest)
    deploy.setPlan({ action: 'wipe', taskID: 'op-wipe', level: 'metadata', keep: [] })
    expect(await deploy.next('result')).toMatchObject({ ok: true, wiped: ['/dev/sda', '/dev/sdb'] })
    expect(machine.server.disks[0]?.installed).toBeUndefined()
  })

  it('stops at once when power goes off, whatever it was doing', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy, { imageWrite: 400_000 })
    await machine.bootAgent()
    deploy.setPlan(writePlan(deploy))
    await deploy.until(() => deploy.progress.length > 0)
    await machine.off()
    const reports = deploy.progress.length
    expect(machine.server.state).toBe('off')
    await new Promise(resolve => setTimeout(resolve, 500))
    expect(deploy.progress.length).toBe(reports)
    expect(machine.server.journal.destructive).toEqual([])
    expect(machine.server.disks[0]?.installed).toBeUndefined()
  })

  it('waits out a manager that is away or does not know it yet', async () => {
    const deploy = await startDeploy()
    deploy.failNext.set('hello', [503, 409, 404])
    const machine = await startMachine(deploy, { retry: 400 })
    await machine.bootAgent()
    deploy.failNext.set('result', [500, 502])
    deploy.setPlan(writePlan(deploy))
    expect(await deploy.next('result')).toMatchObject({ ok: true })
    expect(machine.server.journal.destructive).toHaveLength(1)
  })

  it('greets a manager that was restarted, and tells it what was done without doing it again', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy)
    await machine.bootAgent()
    deploy.failNext.set('result', [409])
    deploy.setPlan(writePlan(deploy))
    await deploy.next('hello')
    expect(await deploy.next('result')).toMatchObject({ taskID: 'op-write', ok: true })
    deploy.failNext.set('bootdata', [409])
    deploy.setPlan({ action: 'handover', taskID: 'op-handover', device: '/dev/sda' })
    await deploy.next('hello')
    expect(await deploy.next('result')).toMatchObject({ taskID: 'op-handover', ok: true })
    deploy.failNext.set('plan', [409])
    deploy.setPlan({ action: 'wait' })
    await deploy.next('hello')
    expect(machine.server.journal.destructive).toEqual([`wrote image ${digest} task op-write`])
  })

  it('does not tell the same result in a loop while the manager has not decided', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy)
    await machine.bootAgent()
    deploy.setPlan(writePlan(deploy))
    await deploy.next('result')
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(deploy.heard.filter(({ what }) => what === 'result')).toHaveLength(1)
  })

  it('does not hand over without an image, nor when the boot data is gone', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy)
    await machine.bootAgent()
    deploy.setPlan({ action: 'handover', taskID: '1', device: '/dev/sda' })
    expect(await deploy.next('result')).toMatchObject({ ok: false, code: 'AgentFailed' })
    deploy.setPlan(writePlan(deploy))
    await deploy.next('result')
    deploy.failNext.set('bootdata', [410])
    deploy.setPlan({ action: 'handover', taskID: '2', device: '/dev/sda' })
    expect(await deploy.next('result')).toMatchObject({
      ok: false,
      code: 'AgentFailed',
      message: 'the boot data was answered with 410',
    })
  })

  it('talks to nobody whose certificate the boot settings do not vouch for', async () => {
    const deploy = await startDeploy()
    deploy.bootSettingsCA = (await createAuthority('somebody else', Date.now())).cert
    const machine = await startMachine(deploy)
    const met = await Promise.race([
      machine.bootAgent().then(() => 'hello'),
      new Promise(resolve => setTimeout(resolve, 1000, 'nothing')),
    ])
    expect(met).toBe('nothing')
    expect(machine.server.state).toBe('agent')
  })

  it('does not bootstrap the same instance twice, but its Node is Ready again', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy)
    await install(deploy, machine)
    await machine.reset('On')
    await deploy.next('phone-home')
    await machine.off()
    deploy.nodes['node-0'].status = undefined
    await machine.reset('On')
    await deploy.until(() => deploy.nodes['node-0'].status !== undefined)
    expect(machine.server.journal.happened.filter(what => what.startsWith('first boot'))).toEqual(['first boot op-1'])
    expect(deploy.heard.filter(({ what }) => what === 'phone-home')).toHaveLength(1)
  })

  it('bootstraps again after another image with another instance was written', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy)
    await install(deploy, machine)
    await machine.reset('On')
    await deploy.next('phone-home')
    deploy.bootData = { ...deploy.bootData, metaData: 'instance-id: op-2\nlocal-hostname: node-0b\n' }
    await install(deploy, machine)
    await machine.reset('On')
    expect(await deploy.next('phone-home')).toMatchObject({ hostName: 'node-0b' })
    expect(machine.server.journal.happened).toContain('first boot op-2')
  })

  it('reports a bootstrap that failed, and tries it again with the next boot', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy)
    await install(deploy, machine)
    deploy.failNext.set('nodes', [403])
    await machine.reset('On')
    const report = await deploy.next('phone-home')
    expect(report).toMatchObject({ bootstrap: 'failed', log: expect.stringContaining('403') })
    expect(report.log).not.toContain('node-token')
    await machine.off()
    await machine.reset('On')
    expect(await deploy.next('phone-home')).toMatchObject({ bootstrap: 'succeeded' })
  })

  it('boots an image whose user data asks for no cluster, and phones home without a Node', async () => {
    const deploy = await startDeploy()
    deploy.bootData = { ...deploy.bootData, userData: Buffer.from('#!/bin/sh\necho: [hello').toString('base64') }
    const machine = await startMachine(deploy)
    await install(deploy, machine)
    deploy.failNext.set('phone-home', [503, 503])
    await machine.reset('On')
    expect(await deploy.next('phone-home')).toMatchObject({ bootstrap: 'succeeded' })
    expect(deploy.nodes).toEqual({})
  })

  it('fails its bootstrap on user data that is no valid cloud-config', async () => {
    const deploy = await startDeploy()
    deploy.bootData = { ...deploy.bootData, userData: Buffer.from('#cloud-config\na: [b').toString('base64') }
    const machine = await startMachine(deploy)
    await install(deploy, machine)
    await machine.reset('On')
    expect(await deploy.next('phone-home')).toMatchObject({ bootstrap: 'failed' })
  })

  it('shuts down on the power button when a system runs, and ignores it otherwise', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy)
    await machine.reset('On')
    await deploy.until(() => machine.server.state === 'no bootable device')
    await machine.reset('GracefulShutdown')
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(machine.bmc.power).toBe('On')
    await machine.off()
    await install(deploy, machine)
    await machine.reset('On')
    await deploy.next('phone-home')
    await machine.reset('GracefulShutdown')
    await deploy.until(() => machine.bmc.power === 'Off')
    expect(machine.server.journal.happened).toContain('halted')
  })

  it('notes when it was busy, so that idle time can be measured', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy)
    await install(deploy, machine)
    const { busyIntervals } = machine.server.journal
    expect(busyIntervals.map(({ what }) => what)).toEqual(['post', 'agent boot', 'write-image', 'handover', 'shutdown'])
    for (const { from, to } of busyIntervals) expect(to).toBeGreaterThanOrEqual(from)
  })

  it('notes what the manager has taken of it, once for each message', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy)
    await install(deploy, machine)
    deploy.failNext.set('phone-home', [503])
    await machine.reset('On')
    await deploy.until(() => machine.server.journal.messages.some(({ what }) => what === 'phone-home'))
    const told = machine.server.journal.messages.map(({ what }) => what)
    expect(told.filter(what => what !== 'progress')).toEqual(['hello', 'result', 'result', 'phone-home'])
  })

  it('carries no token and no boot data in its journal', async () => {
    const deploy = await startDeploy()
    const machine = await startMachine(deploy)
    await install(deploy, machine)
    await machine.reset('On')
    await deploy.next('phone-home')
    const { entries, messages } = machine.server.journal
    const text = JSON.stringify([entries, messages])
    for (const secret of [deploy.token, 'node-token', deploy.bootData.userData]) expect(text).not.toContain(secret)
  })
})
