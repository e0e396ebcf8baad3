import { afterEach, describe, expect, it } from 'vitest'
import { bmcFor, call } from '../../../test/support/redfish-client.js'
import { bringToLife, change, machine, resetTarget, systemPath } from '../../../test/support/redfish-machine.js'
import { type RedfishServer, reply, replyError, startRedfishServer } from '../../../test/support/redfish-server.js'
import type { Bmc } from '../model.js'

let server: RedfishServer
let bmc: Bmc
const start = async (power: string, resetTypes?: readonly string[] | null) => {
  const annotation =
    resetTypes === undefined
      ? {}
      : { 'ResetType@Redfish.AllowableValues': resetTypes === null ? undefined : resetTypes }
  server = await startRedfishServer({
    resources: machine({ system: { PowerState: power, Actions: { '#ComputerSystem.Reset': annotation } } }),
  })
  bringToLife(server)
  bmc = await bmcFor(server)
}
afterEach(async () => {
  await bmc.close()
  await server.stop()
})
const asked = () =>
  server.requests
    .filter(one => one.path === resetTarget)
    .map(one => (one.body as { ResetType: string } | undefined)?.ResetType)

describe('reading power', () => {
  it.each([
    ['On', 'On'],
    ['Off', 'Off'],
    ['PoweringOn', 'PoweringOn'],
    ['PoweringOff', 'PoweringOff'],
    ['off', 'Off'],
    ['Paused', 'Unknown'],
    [null, 'Unknown'],
    [7, 'Unknown'],
  ])('%j means %s', async (word, state) => {
    await start('On')
    change(server, systemPath, { PowerState: word })
    expect(await bmc.readPower(call)).toBe(state)
  })
})

describe('setting power', () => {
  it.each([
    ['On', 'Off', 'On'],
    ['ForceOff', 'On', 'ForceOff'],
    ['GracefulOff', 'On', 'GracefulShutdown'],
    ['Restart', 'On', 'ForceRestart'],
  ] as const)('%s of a server that is %s asks for %s', async (action, power, expected) => {
    await start(power)
    await bmc.setPower(action, call)
    expect(asked()).toEqual([expected])
  })

  it.each([
    ['On', 'On'],
    ['On', 'PoweringOn'],
    ['ForceOff', 'Off'],
    ['GracefulOff', 'Off'],
    ['GracefulOff', 'PoweringOff'],
  ] as const)('%s of a server that is %s asks for nothing', async (action, power) => {
    await start(power)
    await bmc.setPower(action, call)
    expect(asked()).toEqual([])
  })

  it('ForceOff of a server that is only going off asks all the same: it may hang there', async () => {
    await start('PoweringOff')
    await bmc.setPower('ForceOff', call)
    expect(asked()).toEqual(['ForceOff'])
  })

  it('Restart of a server that is off is refused without asking', async () => {
    await start('Off')
    await expect(bmc.setPower('Restart', call)).rejects.toMatchObject({ code: 'BMCRejected' })
    expect(asked()).toEqual([])
  })

  it.each([
    ['On', 'Off', ['ForceOn', 'ForceOff'], 'ForceOn'],
    ['On', 'Off', ['PushPowerButton', 'ForceOff'], 'PushPowerButton'],
    ['GracefulOff', 'On', ['PushPowerButton', 'ForceOff'], 'PushPowerButton'],
    ['Restart', 'On', ['PowerCycle', 'GracefulRestart'], 'PowerCycle'],
  ] as const)('%s of a server that is %s takes from %j the value %s', async (action, power, offered, expected) => {
    await start(power, offered)
    await bmc.setPower(action, call)
    expect(asked()).toEqual([expected])
  })

  it.each([
    ['Restart', 'On', ['On', 'ForceOff', 'GracefulRestart']],
    ['GracefulOff', 'On', ['On', 'ForceOff']],
    ['ForceOff', 'On', ['On', 'GracefulShutdown', 'PushPowerButton']],
  ] as const)('%s is not replaced by something else when only %s, %j are offered', async (action, power, offered) => {
    await start(power, offered)
    await expect(bmc.setPower(action, call)).rejects.toMatchObject({
      code: 'BMCUnsupported',
      seen: expect.stringContaining(offered[0]),
    })
    expect(asked()).toEqual([])
  })

  it('uses the usual value where the service does not say which it takes', async () => {
    await start('On', null)
    await bmc.setPower('Restart', call)
    expect(asked()).toEqual(['ForceRestart'])
  })

  it.each([400, 409])('refused with %i because it is there by now is a success', async status => {
    await start('On')
    server.on(
      'POST',
      resetTarget,
      (request, response, socket) => {
        change(server, systemPath, { PowerState: 'Off' })
        return replyError(status, 'ResourceInUse')(request, response, socket)
      },
      1,
    )
    await bmc.setPower('ForceOff', call)
    expect(asked()).toHaveLength(1)
  })

  it('refused with 409 for a short while after power-off is asked for again', async () => {
    await start('Off')
    server.on('POST', resetTarget, replyError(409, 'PowerOffInProgress'), 2)
    await bmc.setPower('On', call)
    expect(asked()).toEqual(['On', 'On', 'On'])
  })

  it('refused with 409 for good gives up after four times', async () => {
    await start('Off')
    server.on('POST', resetTarget, replyError(409, 'NoPowerSupply'))
    await expect(bmc.setPower('On', call)).rejects.toThrow(/NoPowerSupply/)
    expect(asked()).toHaveLength(4)
  })

  it('rejected with 400 is not asked for again', async () => {
    await start('Off')
    server.on('POST', resetTarget, replyError(400, 'ActionParameterNotSupported'))
    await expect(bmc.setPower('On', call)).rejects.toMatchObject({ code: 'BMCRejected' })
    expect(asked()).toHaveLength(1)
  })

  it('whose answer was lost is not asked for again: nobody knows whether it was done', async () => {
    await start('On')
    server.on('POST', resetTarget, (_request, _response, socket) => void socket.destroy())
    await expect(bmc.setPower('Restart', call)).rejects.toMatchObject({ code: 'BMCConnectionLost' })
    expect(asked()).toHaveLength(1)
  })

  it('by the power button is not asked for while the server is on its way: it would come out the other way', async () => {
    await start('PoweringOff', ['PushPowerButton'])
    await expect(bmc.setPower('On', call)).rejects.toMatchObject({ code: 'BMCBusy', kind: 'transient' })
    expect(asked()).toEqual([])
  })

  it('by the power button is not asked for twice when it may have been pressed', async () => {
    await start('Off', ['PushPowerButton', 'ForceOff'])
    server.on('POST', resetTarget, replyError(503, 'ServiceTemporarilyUnavailable'))
    await expect(bmc.setPower('On', call)).rejects.toMatchObject({ code: 'BMCBusy' })
    expect(asked()).toEqual(['PushPowerButton'])
  })

  it('goes on with the usual value when the list of values is broken', async () => {
    server = await startRedfishServer({
      resources: machine({
        system: {
          PowerState: 'On',
          Actions: {
            '#ComputerSystem.Reset': {
              'ResetType@Redfish.AllowableValues': undefined,
              '@Redfish.ActionInfo': `${systemPath}/ResetActionInfo`,
            },
          },
        },
      }),
    })
    bringToLife(server)
    server.on('GET', `${systemPath}/ResetActionInfo`, replyError(500, 'InternalError'))
    bmc = await bmcFor(server)
    await bmc.setPower('ForceOff', call)
    expect(asked()).toEqual(['ForceOff'])
  })

  it('of a system without a Reset action is not possible', async () => {
    await start('On')
    await bmc.identify(call)
    change(server, systemPath, { Actions: undefined })
    await expect(bmc.setPower('ForceOff', call)).rejects.toMatchObject({ code: 'BMCUnsupported' })
  })

  it('that only starts a task returns when the BMC has taken it', async () => {
    await start('On')
    server.on('POST', resetTarget, reply(202, undefined, { Location: '/redfish/v1/TaskService/Tasks/1' }))
    await bmc.setPower('Restart', call)
    expect(server.requests.at(-1)?.path).toBe(resetTarget)
  })
})
