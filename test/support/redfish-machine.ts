import { type RedfishServer, reply } from './redfish-server.js'

/** Merges objects deeply; `undefined` takes a property away. */
type Change = Readonly<Record<string, unknown>>

const changed = (base: Change, change: Change): Record<string, unknown> => {
  const result: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(change)) {
    const old = result[key]
    if (value === undefined) delete result[key]
    else result[key] = isPlain(value) && isPlain(old) ? changed(old, value) : value
  }
  return result
}

const isPlain = (value: unknown): value is Change =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const systemPath = '/redfish/v1/Systems/1'
export const managerPath = '/redfish/v1/Managers/1'
export const resetTarget = `${systemPath}/Actions/ComputerSystem.Reset`
export const slotPath = `${managerPath}/VirtualMedia/Cd1`

const system = {
  '@odata.id': systemPath,
  '@odata.type': '#ComputerSystem.v1_14_0.ComputerSystem',
  Id: '1',
  Name: 'System',
  SystemType: 'Physical',
  Manufacturer: 'Contoso',
  Model: 'R1',
  SerialNumber: 'S1',
  BiosVersion: '1.2.3',
  PowerState: 'On',
  Bios: { '@odata.id': `${systemPath}/Bios` },
  Boot: {
    BootSourceOverrideEnabled: 'Disabled',
    BootSourceOverrideTarget: 'None',
    BootSourceOverrideMode: 'UEFI',
    'BootSourceOverrideTarget@Redfish.AllowableValues': ['None', 'Pxe', 'Cd', 'Hdd', 'BiosSetup', 'UefiHttp'],
  },
  Links: { ManagedBy: [{ '@odata.id': managerPath }] },
  Actions: {
    '#ComputerSystem.Reset': {
      target: resetTarget,
      'ResetType@Redfish.AllowableValues': ['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart', 'PowerCycle'],
    },
  },
}

const slot = {
  '@odata.id': slotPath,
  Id: 'Cd1',
  Name: 'Virtual CD',
  MediaTypes: ['CD', 'DVD'],
  Inserted: false,
  Image: null,
  ConnectedVia: 'NotConnected',
  Actions: {
    '#VirtualMedia.InsertMedia': { target: `${slotPath}/Actions/VirtualMedia.InsertMedia` },
    '#VirtualMedia.EjectMedia': { target: `${slotPath}/Actions/VirtualMedia.EjectMedia` },
  },
}

const references = (...paths: string[]) => ({ Members: paths.map(path => ({ '@odata.id': path })) })

/** A small server of no vendor in particular; `change` says where it differs, `slots` what stands in VirtualMedia. */
export const machine = (
  change: { root?: Change; system?: Change; manager?: Change; slots?: readonly Change[] } = {},
): Record<string, unknown> => {
  const slots = (change.slots ?? [{}]).map((one, index) => {
    const path = `${managerPath}/VirtualMedia/Cd${index + 1}`
    return changed(JSON.parse(JSON.stringify(slot).replaceAll(slotPath, path)) as Change, one)
  })
  return {
    '/redfish/v1': changed(
      {
        '@odata.id': '/redfish/v1',
        Systems: { '@odata.id': '/redfish/v1/Systems' },
        Managers: { '@odata.id': '/redfish/v1/Managers' },
      },
      change.root ?? {},
    ),
    '/redfish/v1/Systems': references(systemPath),
    '/redfish/v1/Managers': references(managerPath),
    [systemPath]: changed(system, change.system ?? {}),
    [managerPath]: changed(
      {
        '@odata.id': managerPath,
        ManagerType: 'BMC',
        FirmwareVersion: '7.0',
        VirtualMedia: { '@odata.id': `${managerPath}/VirtualMedia` },
      },
      change.manager ?? {},
    ),
    [`${managerPath}/VirtualMedia`]: references(...slots.map(one => String(one['@odata.id']))),
    ...Object.fromEntries(slots.map(one => [String(one['@odata.id']), one])),
  }
}

/** Writes into a resource what a live server would change by itself. */
export const change = (server: RedfishServer, path: string, what: Change): void => {
  server.resources.set(path, changed(server.resources.get(path) as Change, what))
}

/** Lets Reset, InsertMedia and EjectMedia take effect at once, as far as a test has not told otherwise. */
export const bringToLife = (server: RedfishServer): void => {
  server.on('POST', resetTarget, (request, response, socket) => {
    const { ResetType } = request.body as { ResetType: string }
    change(server, systemPath, { PowerState: /Off|Shutdown/.test(ResetType) ? 'Off' : 'On' })
    return reply(204)(request, response, socket)
  })
  server.on('POST', /VirtualMedia\.InsertMedia$/, (request, response, socket) => {
    const path = request.path.replace(/\/Actions\/.*/, '')
    const { Image } = request.body as { Image: string }
    change(server, path, { Image, Inserted: true, ConnectedVia: 'URI' })
    return reply(204)(request, response, socket)
  })
  server.on('POST', /VirtualMedia\.EjectMedia$/, (request, response, socket) => {
    change(server, request.path.replace(/\/Actions\/.*/, ''), {
      Image: null,
      Inserted: false,
      ConnectedVia: 'NotConnected',
    })
    return reply(204)(request, response, socket)
  })
}
