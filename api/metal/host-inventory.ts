import { z } from 'zod'
import type { Kind, ObjectOf } from '../kind.js'
import { timeSchema } from '../meta.js'
import { metalGroup, metalVersion, moveLabels } from './group.js'

const text = z.string().max(512).optional()
const atomic = { 'x-kubernetes-list-type': 'atomic' } as const
const health = text.describe('OK, Warning or Critical, as the BMC judges.')
const sriov = z.boolean().optional().describe('Whether it can do SR-IOV, where the BMC tells.')

export const hostInventorySpecSchema = z
  .object({
    system: z
      .object({
        manufacturer: text.describe('Who made the server.'),
        model: text.describe('Model of the server.'),
        sku: text.describe('Order number or service tag.'),
        serialNumber: text.describe('Serial number of the server.'),
        uuid: text.describe('UUID of the system (SMBIOS).'),
        hostName: text.describe('Host name as the BMC knows it.'),
        biosVersion: text.describe('BIOS version.'),
        health: text.describe('Roll-up: OK, Warning or Critical.'),
        bootMode: text.describe('How the running system was booted: UEFI or Legacy.'),
        secureBoot: z.boolean().optional().describe('Whether the running system was booted with Secure Boot.'),
        tpm: text.describe('Version of the TPM that the running system sees: 1.2 or 2.0.'),
      })
      .optional()
      .describe('The ComputerSystem.'),
    processors: z
      .object({
        count: z.int().min(0).optional().describe('Sockets in use.'),
        cores: z.int().min(0).optional().describe('All cores together.'),
        threads: z.int().min(0).optional().describe('All threads together.'),
        architecture: text.describe('CPU architecture, for example x86_64.'),
        flags: z
          .array(z.string().max(64))
          .max(512)
          .optional()
          .meta(atomic)
          .describe('CPU flags, from the running system.'),
        sockets: z
          .array(
            z.object({
              socket: text.describe('Name of the socket.'),
              manufacturer: text.describe('Who made the processor.'),
              model: text.describe('Model of the processor.'),
              cores: z.int().min(0).optional().describe('Cores of the processor.'),
              threads: z.int().min(0).optional().describe('Threads of the processor.'),
              maxSpeedMHz: z.int().min(0).optional().describe('Highest clock in MHz.'),
              instructionSet: text.describe('Instruction set, for example x86-64.'),
              health,
            }),
          )
          .max(64)
          .optional()
          .meta(atomic)
          .describe('One entry per socket.'),
      })
      .optional()
      .describe('The processors.'),
    memory: z
      .object({
        totalMiB: z.int().min(0).optional().describe('All memory in MiB.'),
        modules: z
          .array(
            z.object({
              slot: text.describe('Name of the slot.'),
              sizeMiB: z.int().min(0).optional().describe('Size in MiB.'),
              type: text.describe('Kind of memory, for example DDR4.'),
              speedMHz: z.int().min(0).optional().describe('Clock in MHz.'),
              manufacturer: text.describe('Who made the module.'),
              partNumber: text.describe('Part number.'),
              serialNumber: text.describe('Serial number.'),
              health,
            }),
          )
          .max(256)
          .optional()
          .meta(atomic)
          .describe('One entry per module.'),
      })
      .optional()
      .describe('The memory.'),
    nics: z
      .array(
        z.object({
          name: text.describe('Name of the NIC or port.'),
          mac: text.describe('Lower case, with colons.'),
          speedMbps: z.int().min(0).optional().describe('Link speed in Mbit/s.'),
          linkUp: z.boolean().optional().describe('Whether there is a link.'),
          model: text.describe('Model of the adapter, or its driver.'),
          manufacturer: text.describe('Who made the adapter.'),
          firmwareVersion: text.describe('Firmware version of the adapter.'),
          sriov,
          maxVirtualFunctions: z.int().min(0).optional().describe('Virtual functions that the adapter offers at most.'),
          health,
          lldp: z
            .object({
              chassisID: text.describe('Chassis ID, often a MAC address.'),
              portID: text.describe('Port of the switch.'),
              systemName: text.describe('Name of the switch.'),
            })
            .optional()
            .describe('What the switch at the other end says of itself.'),
        }),
      )
      .max(256)
      .optional()
      .meta(atomic)
      .describe('NICs or their ports.'),
    storage: z
      .object({
        controllers: z
          .array(
            z.object({
              id: text.describe('Id of the controller.'),
              name: text.describe('Its name.'),
              model: text.describe('Its model.'),
              manufacturer: text.describe('Who made it.'),
              firmwareVersion: text.describe('Its firmware version.'),
              health,
            }),
          )
          .max(64)
          .optional()
          .meta(atomic)
          .describe('Storage controllers.'),
        drives: z
          .array(
            z.object({
              name: text.describe('Name of the drive at its controller.'),
              deviceName: text.describe('As the running system calls it.'),
              model: text.describe('Model of the drive.'),
              vendor: text.describe('Who made the drive.'),
              serialNumber: text.describe('Serial number.'),
              wwn: text.describe('World-wide name.'),
              wwnVendorExtension: text.describe('The vendor extension of the world-wide name.'),
              hctl: text.describe('SCSI host:channel:target:lun.'),
              sizeBytes: z.int().min(0).optional().describe('Size in bytes.'),
              mediaType: text.describe('HDD or SSD.'),
              protocol: text.describe('Protocol, for example SATA, SAS or NVMe.'),
              rotational: z.boolean().optional().describe('Whether it is a spinning disk.'),
              firmwareVersion: text.describe('Firmware version of the drive.'),
              health,
            }),
          )
          .max(1024)
          .optional()
          .meta(atomic)
          .describe('Disks.'),
        volumes: z
          .array(
            z.object({
              name: text.describe('Name of the volume.'),
              sizeBytes: z.int().min(0).optional().describe('Size in bytes.'),
              raidType: text.describe('RAID level.'),
              health,
            }),
          )
          .max(256)
          .optional()
          .meta(atomic)
          .describe('RAID volumes.'),
      })
      .optional()
      .describe('Controllers, disks and volumes.'),
    firmware: z
      .array(
        z.object({
          name: text.describe('Name of the component.'),
          version: text.describe('Its version.'),
          updateable: z.boolean().optional().describe('Whether the BMC can update it.'),
        }),
      )
      .max(1024)
      .optional()
      .meta(atomic)
      .describe('Firmware components and versions.'),
    pcieDevices: z
      .array(
        z.object({
          name: text.describe('Name of the device.'),
          manufacturer: text.describe('Who made it.'),
          model: text.describe('Its model.'),
          class: text.describe('Class of its first function, for example NetworkController (schema PCIeFunction).'),
          vendorID: text.describe('PCI vendor id, four hex digits.'),
          deviceID: text.describe('PCI device id, four hex digits.'),
          functions: z.int().min(0).optional().describe('How many functions it shows.'),
          slot: text.describe('Slot that it sits in.'),
          serialNumber: text.describe('Serial number.'),
          firmwareVersion: text.describe('Its firmware version.'),
          sriov,
          health,
        }),
      )
      .max(512)
      .optional()
      .meta(atomic)
      .describe('PCIe devices.'),
    gpus: z
      .array(
        z.object({
          name: text.describe('Name of the GPU or its slot.'),
          manufacturer: text.describe('Who made it.'),
          model: text.describe('Its model.'),
          memoryMiB: z.int().min(0).optional().describe('Its memory in MiB.'),
          serialNumber: text.describe('Serial number.'),
          firmwareVersion: text.describe('Its firmware version.'),
          health,
        }),
      )
      .max(64)
      .optional()
      .meta(atomic)
      .describe('GPUs and other accelerators; not the graphics of the BMC.'),
    tpms: z
      .array(
        z.object({
          type: text.describe('Interface, for example TPM2_0.'),
          manufacturer: text.describe('Who made it.'),
          model: text.describe('Its model.'),
          firmwareVersion: text.describe('Its firmware version.'),
          state: text.describe('Enabled, Disabled or Absent.'),
        }),
      )
      .max(16)
      .optional()
      .meta(atomic)
      .describe('Trusted platform modules.'),
    chassis: z
      .array(
        z.object({
          name: text.describe('Id of the chassis.'),
          type: text.describe('Kind, for example RackMount.'),
          manufacturer: text.describe('Who made it.'),
          model: text.describe('Its model.'),
          serialNumber: text.describe('Serial number.'),
          partNumber: text.describe('Part number.'),
          health,
        }),
      )
      .max(64)
      .optional()
      .meta(atomic)
      .describe('Chassis that the server consists of.'),
    powerSupplies: z
      .array(
        z.object({
          name: text.describe('Name of the power supply.'),
          manufacturer: text.describe('Who made it.'),
          model: text.describe('Its model.'),
          serialNumber: text.describe('Serial number.'),
          firmwareVersion: text.describe('Its firmware version.'),
          capacityWatts: z.int().min(0).optional().describe('How much it can deliver.'),
          health,
        }),
      )
      .max(64)
      .optional()
      .meta(atomic)
      .describe('Power supplies that are there.'),
    health: z
      .object({
        state: z.enum(['OK', 'Warning', 'Critical']).optional().describe('The worst of the system and its parts.'),
        parts: z
          .array(
            z.object({
              path: z.string().max(256).describe('JSON pointer to the part in spec.'),
              name: text.describe('Its name.'),
              health: z.enum(['Warning', 'Critical']).describe('How it is.'),
            }),
          )
          .max(256)
          .optional()
          .meta(atomic)
          .describe('Parts that are not well.'),
      })
      .optional()
      .describe('Roll-up over everything that was read.'),
    virtualization: z
      .object({
        cpuFlag: z.boolean().optional().describe('vmx or svm in the CPU flags.'),
        kvm: z.boolean().optional().describe('Whether KVM_CREATE_VM succeeded.'),
        iommuGroups: z.int().min(0).optional().describe('Number of IOMMU groups; 0 means no IOMMU.'),
        iommuTable: z.boolean().optional().describe('Whether the firmware tells of an IOMMU (ACPI DMAR or IVRS).'),
        sriovTotalVFs: z.int().min(0).optional().describe('Virtual functions that the NICs offer together.'),
      })
      .optional()
      .describe('Proof from the running system.'),
    provenance: z
      .array(
        z.object({
          path: z.string().max(256).describe('JSON pointer into spec; the longest that matches a field speaks for it.'),
          source: z.enum(['redfish', 'ipmi', 'agent', 'user']).describe('Who said it.'),
          time: timeSchema.describe('When it was read.'),
        }),
      )
      .max(256)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['path'] })
      .describe('Where each part comes from and when it was read.'),
    problems: z
      .array(
        z.object({
          about: z.string().max(1024).describe('What it is about.'),
          message: z.string().max(1024).describe('What was wrong.'),
        }),
      )
      .max(256)
      .optional()
      .meta(atomic)
      .describe('What could not be read; the rest is complete.'),
    requests: z.int().min(0).optional().describe('How many requests the last out-of-band inspection needed.'),
  })
  .describe('What the server is.')

export const hostInventory = {
  group: metalGroup,
  version: metalVersion,
  kind: 'HostInventory',
  plural: 'hostinventories',
  shortNames: ['hinv'],
  categories: ['katametal'],
  description:
    'What a server is made of, read from its BMC, its deploy agent and its running system. Same name as its BareMetalHost and owned by it. `provenance` says where each part comes from.',
  spec: hostInventorySpecSchema,
  columns: [
    { name: 'Model', type: 'string', jsonPath: '.spec.system.model' },
    { name: 'Serial', type: 'string', jsonPath: '.spec.system.serialNumber' },
    { name: 'Cores', type: 'integer', jsonPath: '.spec.processors.cores' },
    { name: 'MemoryMiB', type: 'integer', jsonPath: '.spec.memory.totalMiB' },
    { name: 'BIOS', type: 'string', jsonPath: '.spec.system.biosVersion' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  crdLabels: moveLabels,
} as const satisfies Kind

export type HostInventory = ObjectOf<typeof hostInventory>
export type HostInventorySpec = z.output<typeof hostInventorySpecSchema>
