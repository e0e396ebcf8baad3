import { afterEach, describe, expect, it } from 'vitest'
import { createHash } from 'node:crypto'
import { systemClock } from '../../base/clock.js'
import type { AgentPlan } from '../../deploy/protocol.js'
import { credentials } from '../../../test/support/bmc-client.js'
import { ask } from '../../../test/support/bmc-client.js'
import { type DeployStandIn, startDeployStandIn } from '../../../test/support/deploy-stand-in.js'
import { startBmcSimulator } from '../bmc/simulator.js'
import { createSimulatedServer } from './simulated-server.js'

const image = Buffer.from('an operating system '.repeat(5000))
const digest = createHash('sha256').update(image).digest('hex')
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

const timings = { speed: 20 }

const startMachine = async (deploy: DeployStandIn) => {
  const server = createSimulatedServer({
    name: 'host-0',
    mac: '02:4b:4d:00:00:00',
    disks: [{ deviceName: '/dev/sda', sizeBytes: 1_000_000 }],
    clock: systemClock,
    timings,
    netbootURL: `${deploy.url}/netboot`,
  })
  const bmc = await startBmcSimulator({ persona: 'dell', credentials, clock: systemClock, timings, server })
  stops.push(() => bmc.stop())
  const system = '/redfish/v1/Systems/System.Embedded.1'
  return {
    server,
    bmc,
    reset: (ResetType: string) => ask(bmc, 'POST', `${system}/Actions/ComputerSystem.Reset`, { json: { ResetType } }),
    boot: (target: string) =>
      ask(bmc, 'PATCH', system, {
        json: { Boot: { BootSourceOverrideTarget: target, BootSourceOverrideEnabled: 'Once' } },
      }),
    insert: (Image: string) =>
      ask(bmc, 'POST', '/redfish/v1/Managers/iDRAC.Embedded.1/VirtualMedia/CD/Actions/VirtualMedia.InsertMedia', {
        json: { Image },
      }),
  }
}

const startDeploy = async () => {
  const deploy = await startDeployStandIn(image)
  stops.push(() => deploy.stop())
  return deploy
}

const write = (deploy: DeployStandIn, change: Partial<{ url: string; checksum: string; device: string }> = {}) =>
  ({
    action: 'write-image',
    taskID: 'op-write',
    device: change.device ?? '/dev/sda',
    image: {
      url: change.url ?? `${deploy.url}/image`,
      format: 'raw',
      checksum: change.checksum ?? digest,
      checksumType: 'sha256',
    },
  }) satisfies AgentPlan

describe('the simulated server', () => {
  it('boots the agent from virtual CD, writes the image, takes the config drive and halts; then boots it and joins', async () => {
    const deploy = await startDeploy()
    const { server, bmc, reset, boot, insert } = await startMachine(deploy)
    await insert(`${deploy.url}/media/boot.iso`)
    await boot('Cd')
    await reset('On')
    const hello = await deploy.next('hello')
    expect(hello.inventory.drives).toEqual([{ deviceName: '/dev/sda', sizeBytes: 1_000_000 }])
    expect(hello.inventory.virtualization.cpuFlag).toBe(false)
    deploy.setPlan(write(deploy))
    expect(await deploy.next('result')).toMatchObject({ taskID: 'op-write', ok: true, digest, bytes: image.length })
    deploy.setPlan({ action: 'handover', taskID: 'op-handover', device: '/dev/sda' })
    expect(await deploy.next('result')).toMatchObject({ taskID: 'op-handover', ok: true })
    deploy.setPlan({ action: 'power-off' })
    await deploy.until(() => bmc.power === 'Off')
    expect(server.journal.destructive).toEqual([`wrote image ${digest} task op-write`])

    await reset('On')
    const report = await deploy.next('phone-home')
    expect(report).toMatchObject({ hostName: 'node-0', bootstrap: 'succeeded' })
    expect(deploy.nodes).toMatchObject({
      'node-0': {
        spec: { providerID: 'katametal://lab/host-0' },
        status: { conditions: [{ type: 'Ready', status: 'True' }] },
      },
    })
  })
})
