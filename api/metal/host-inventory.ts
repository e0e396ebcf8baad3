import { z } from 'zod'
import type { Kind, ObjectOf } from '../kind.js'
import { timeSchema } from '../meta.js'
import { metalGroup, metalVersion, moveLabels } from './group.js'

const text = z.string().max(512).optional()
const atomic = { 'x-kubernetes-list-type': 'atomic' } as const

export const hostInventorySpecSchema = z
  .object({
    system: z
      .object({
        manufacturer: text,
        model: text,
        sku: text,
        serialNumber: text,
        uuid: text,
        hostName: text,
        biosVersion: text,
        health: text.describe('Roll-up: OK, Warning or Critical.'),
      })
      .optional()
      .describe('The ComputerSystem.'),
    processors: z
      .object({
        count: z.int().min(0).optional().describe('Sockets in use.'),
        cores: z.int().min(0).optional().describe('All cores together.'),
        threads: z.int().min(0).optional().describe('All threads together.'),
        architecture: text,
        flags: z
          .array(z.string().max(64))
          .max(512)
          .optional()
          .meta(atomic)
          .describe('CPU flags, from the running system.'),
        sockets: z
          .array(
            z.object({
              socket: text,
              manufacturer: text,
              model: text,
              cores: z.int().min(0).optional(),
              threads: z.int().min(0).optional(),
              maxSpeedMHz: z.int().min(0).optional(),
              instructionSet: text,
            }),
          )
          .max(64)
          .optional()
          .meta(atomic),
      })
      .optional(),
    memory: z
      .object({
        totalMiB: z.int().min(0).optional(),
        modules: z
          .array(
            z.object({
              slot: text,
              sizeMiB: z.int().min(0).optional(),
              type: text,
              speedMHz: z.int().min(0).optional(),
              manufacturer: text,
              partNumber: text,
              serialNumber: text,
            }),
          )
          .max(256)
          .optional()
          .meta(atomic),
      })
      .optional(),
    nics: z
      .array(
        z.object({
          name: text,
          mac: text.describe('Lower case, with colons.'),
          speedMbps: z.int().min(0).optional(),
          linkUp: z.boolean().optional(),
          model: text,
        }),
      )
      .max(256)
      .optional()
      .meta(atomic),
    storage: z
      .object({
        controllers: z
          .array(z.object({ id: text, name: text, model: text, firmwareVersion: text }))
          .max(64)
          .optional()
          .meta(atomic),
        drives: z
          .array(
            z.object({
              name: text,
              deviceName: text.describe('As the running system calls it.'),
              model: text,
              vendor: text,
              serialNumber: text,
              wwn: text,
              hctl: text,
              sizeBytes: z.int().min(0).optional(),
              mediaType: text,
              protocol: text,
              rotational: z.boolean().optional(),
            }),
          )
          .max(1024)
          .optional()
          .meta(atomic),
        volumes: z
          .array(z.object({ name: text, sizeBytes: z.int().min(0).optional(), raidType: text }))
          .max(256)
          .optional()
          .meta(atomic),
      })
      .optional(),
    firmware: z
      .array(z.object({ name: text, version: text, updateable: z.boolean().optional() }))
      .max(1024)
      .optional()
      .meta(atomic)
      .describe('Firmware components and versions.'),
    virtualization: z
      .object({
        cpuFlag: z.boolean().optional().describe('vmx or svm in the CPU flags.'),
        kvm: z.boolean().optional().describe('Whether KVM_CREATE_VM succeeded.'),
        iommuGroups: z.int().min(0).optional().describe('Number of IOMMU groups; 0 means no IOMMU.'),
        sriovTotalVFs: z.int().min(0).optional(),
      })
      .optional()
      .describe('Proof from the running system.'),
    provenance: z
      .array(
        z.object({
          path: z.string().max(256).describe('JSON pointer into spec; the longest that matches a field speaks for it.'),
          source: z.enum(['redfish', 'ipmi', 'agent', 'user']),
          time: timeSchema,
        }),
      )
      .max(256)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['path'] })
      .describe('Where each part comes from and when it was read.'),
    problems: z
      .array(z.object({ about: z.string().max(1024), message: z.string().max(1024) }))
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
