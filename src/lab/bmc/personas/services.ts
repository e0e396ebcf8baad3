import type { JsonObject } from '../json.js'
import { healthy, link, type TreeBuilder } from './builder.js'
import { serialOf, uuidOf } from './identity.js'
import { standardRoles } from '../privileges.js'
import { addRegistryFile } from './bios-resources.js'
import type { Identity, MachineSpec } from './machine-spec.js'

/** Adds the service root and the services below it: sessions, tasks, accounts, updates, registries. */
export const addServices = (builder: TreeBuilder, spec: MachineSpec, identity: Identity): void => {
  const root = '/redfish/v1'
  const sessions = builder.collect(`${root}/SessionService/Sessions`, 'SessionCollection', [])
  builder.add(`${root}/SessionService`, 'SessionService.v1_1_0', 'Session service', {
    ServiceEnabled: true,
    SessionTimeout: spec.sessionTimeoutSeconds,
    Sessions: link(sessions),
  })
  const tasks = builder.collect(`${root}/TaskService/Tasks`, 'TaskCollection', [])
  builder.add(`${root}/TaskService`, 'TaskService.v1_1_0', 'Task service', { ServiceEnabled: true, Tasks: link(tasks) })
  addAccounts(builder, spec)
  addEvents(builder)
  addUpdates(builder, spec)
  builder.collect(`${root}/Registries`, 'MessageRegistryFileCollection', [addRegistryFile(builder, spec)])
  builder.add(root, 'ServiceRoot.v1_9_0', 'Root service', {
    Id: 'RootService',
    RedfishVersion: spec.redfishVersion,
    UUID: uuidOf(spec.serialPrefix, identity),
    Vendor: spec.vendor,
    Product: spec.product,
    ...links(root, [
      'Systems',
      'Chassis',
      'Managers',
      'SessionService',
      'AccountService',
      'EventService',
      'UpdateService',
      'Registries',
    ]),
    Tasks: link(`${root}/TaskService`),
    Links: { Sessions: link(sessions) },
    ProtocolFeaturesSupported: {
      ExpandQuery: spec.expand,
      FilterQuery: false,
      SelectQuery: false,
      OnlyMemberQuery: true,
    },
  })
}

const links = (root: string, names: readonly string[]): JsonObject =>
  Object.fromEntries(names.map(name => [name, link(`${root}/${name}`)]))

/** The account of whoever runs the simulator is the second where slots are fixed: the first is nobody's there. */
const addAccounts = (builder: TreeBuilder, { accountSlots }: MachineSpec): void => {
  const service = '/redfish/v1/AccountService'
  const roles = Object.entries(standardRoles).map(([id, privileges]) =>
    builder.add(`${service}/Roles/${id}`, 'Role.v1_2_4', id, {
      IsPredefined: true,
      RoleId: id,
      AssignedPrivileges: [...privileges],
    }),
  )
  const administrator = accountSlots === 0 ? 1 : 2
  const accounts = Array.from({ length: Math.max(1, accountSlots) }, (_, index) =>
    addAccount(builder, service, index + 1, index + 1 === administrator),
  )
  builder.add(service, 'AccountService.v1_7_0', 'Account service', {
    ServiceEnabled: true,
    MinPasswordLength: 8,
    MaxPasswordLength: 40,
    Accounts: link(builder.collect(`${service}/Accounts`, 'ManagerAccountCollection', accounts)),
    Roles: link(builder.collect(`${service}/Roles`, 'RoleCollection', roles)),
  })
}

const addAccount = (builder: TreeBuilder, service: string, id: number, filled: boolean): string => {
  const role = filled ? 'Administrator' : 'ReadOnly'
  return builder.add(`${service}/Accounts/${id}`, 'ManagerAccount.v1_8_0', `Account ${id}`, {
    UserName: filled ? 'administrator' : '',
    Password: null,
    Enabled: filled,
    Locked: false,
    PasswordChangeRequired: false,
    RoleId: role,
    AccountTypes: ['Redfish'],
    Links: { Role: link(`${service}/Roles/${role}`) },
  })
}

const addEvents = (builder: TreeBuilder): void => {
  const service = '/redfish/v1/EventService'
  builder.add(service, 'EventService.v1_7_0', 'Event service', {
    ServiceEnabled: true,
    DeliveryRetryAttempts: 3,
    DeliveryRetryIntervalSeconds: 30,
    EventFormatTypes: ['Event'],
    RegistryPrefixes: [],
    ResourceTypes: [],
    Subscriptions: link(builder.collect(`${service}/Subscriptions`, 'EventDestinationCollection', [])),
  })
}

const addUpdates = (builder: TreeBuilder, spec: MachineSpec): void => {
  const service = '/redfish/v1/UpdateService'
  const parts = [
    ['BIOS', spec.biosVersion],
    ['BMC', spec.managerFirmware],
    ['HBA', '24.1'],
    ['NIC', '22.5.7'],
  ] as const
  const inventory = parts.map(([name, version]) =>
    builder.add(`${service}/FirmwareInventory/${name}`, 'SoftwareInventory.v1_4_0', `${name} firmware`, {
      Version: version,
      Updateable: true,
      Status: healthy,
    }),
  )
  builder.add(service, 'UpdateService.v1_8_0', 'Update service', {
    ServiceEnabled: true,
    Actions: {
      '#UpdateService.SimpleUpdate': {
        target: `${service}/Actions/UpdateService.SimpleUpdate`,
        'TransferProtocol@Redfish.AllowableValues': ['HTTP', 'HTTPS'],
      },
    },
    FirmwareInventory: link(builder.collect(`${service}/FirmwareInventory`, 'SoftwareInventoryCollection', inventory)),
  })
}

/** Adds Chassis and Manager. */
export const addEnclosure = (builder: TreeBuilder, spec: MachineSpec, identity: Identity): void => {
  const system = `/redfish/v1/Systems/${spec.systemId}`
  const chassis = `/redfish/v1/Chassis/${spec.chassisId}`
  const manager = `/redfish/v1/Managers/${spec.managerId}`
  builder.add(chassis, 'Chassis.v1_14_0', 'Computer system chassis', {
    ChassisType: 'RackMount',
    Manufacturer: spec.manufacturer,
    Model: spec.model,
    SerialNumber: serialOf(spec.serialPrefix, identity),
    AssetTag: '',
    PowerState: 'Off',
    IndicatorLED: 'Off',
    Status: healthy,
    Links: { ComputerSystems: [link(system)], ManagedBy: [link(manager)] },
  })
  builder.collect('/redfish/v1/Chassis', 'ChassisCollection', [chassis])
  builder.add(manager, 'Manager.v1_11_0', 'Manager', {
    ManagerType: 'BMC',
    Model: spec.managerModel,
    FirmwareVersion: spec.managerFirmware,
    DateTime: '2026-01-01T00:00:00+00:00',
    DateTimeLocalOffset: '+00:00',
    Status: healthy,
    Links: { ManagerForServers: [link(system)], ManagerForChassis: [link(chassis)] },
    Actions: {
      '#Manager.Reset': {
        target: `${manager}/Actions/Manager.Reset`,
        'ResetType@Redfish.AllowableValues': ['GracefulRestart'],
      },
    },
  })
  builder.collect('/redfish/v1/Managers', 'ManagerCollection', [manager])
}
