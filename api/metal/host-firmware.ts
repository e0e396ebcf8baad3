import { z } from 'zod'
import type { Kind, ObjectOf } from '../kind.js'
import { conditionsSchema, timeSchema } from '../meta.js'
import { metalGroup, metalVersion, moveLabels } from './group.js'

/** How resolving one knob on one server can end (docs/firmware.md). */
export const knobOutcomes = ['AlreadySet', 'Change', 'Implied', 'NotExposed', 'ReadOnly', 'Unknown'] as const

export const knobResultSchema = z.object({
  knob: z
    .string()
    .max(64)
    .describe('A knob (vtx, vtd, sriov, ...; docs/firmware.md lists them), or raw:<attribute> for an override.'),
  outcome: z.enum(knobOutcomes).describe('What came of resolving the knob (docs/firmware.md).'),
  attribute: z.string().max(256).optional().describe('The BIOS attribute that stands for the knob here.'),
  from: z.string().max(1024).optional().describe('Its value now.'),
  to: z.string().max(1024).optional().describe('The value it has to get, in the vocabulary of the service.'),
  also: z
    .array(
      z.object({
        attribute: z.string().max(256).describe('Name of the BIOS attribute.'),
        from: z.string().max(1024).optional().describe('Its value now.'),
        to: z.string().max(1024).optional().describe('The value it has to get.'),
      }),
    )
    .max(16)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Further attributes that stand for the same knob on this server.'),
  evidence: z.string().max(1024).describe('Why this was concluded.'),
})

export const hostFirmwareSpecSchema = z
  .object({
    profile: z.string().max(253).optional().describe('Name of the profile that was resolved.'),
    profileDigest: z.string().max(64).optional().describe('Digest of its content when it was resolved.'),
  })
  .describe('Which profile the firmware is held against. Written by the host controller.')

export const hostFirmwareStatusSchema = z
  .object({
    biosVersion: z.string().max(256).optional().describe('BIOS version when the attributes were read.'),
    readTime: timeSchema.optional().describe('When the attributes were read.'),
    attributes: z
      .record(z.string(), z.string().max(1024))
      .optional()
      .describe('Current values of the attributes that the knobs resolve to.'),
    pending: z.record(z.string(), z.string().max(1024)).optional().describe('Values that wait for the next restart.'),
    plan: z
      .array(knobResultSchema)
      .max(256)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['knob'] })
      .describe('One row per knob of the profile.'),
    reboots: z.int().min(0).optional().describe('How many restarts the plan needs.'),
    proof: z
      .array(
        z.object({
          knob: z.string().max(64).describe('The knob.'),
          proven: z.boolean().describe('Whether it is as wished.'),
          evidence: z.string().max(1024).describe('What was seen.'),
          source: z.enum(['redfish', 'agent', 'node']).describe('Who showed it.'),
          time: timeSchema.describe('When it was seen.'),
        }),
      )
      .max(64)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['knob'] })
      .describe('What was read back after the restart or shown by the running system.'),
    conditions: conditionsSchema,
  })
  .describe('The firmware as seen.')

export const hostFirmware = {
  group: metalGroup,
  version: metalVersion,
  kind: 'HostFirmware',
  plural: 'hostfirmwares',
  shortNames: ['hfw'],
  categories: ['katametal'],
  description:
    'The BIOS of a server as seen: each knob of its profile resolved to an attribute, current and pending values, the plan and the last proof. Same name as its BareMetalHost and owned by it.',
  spec: hostFirmwareSpecSchema,
  status: hostFirmwareStatusSchema,
  columns: [
    { name: 'Profile', type: 'string', jsonPath: '.spec.profile' },
    { name: 'BIOS', type: 'string', jsonPath: '.status.biosVersion' },
    { name: 'Reboots', type: 'integer', jsonPath: '.status.reboots' },
    { name: 'Read', type: 'date', jsonPath: '.status.readTime' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  crdLabels: moveLabels,
} as const satisfies Kind

export type HostFirmware = ObjectOf<typeof hostFirmware>
export type HostFirmwareStatus = z.output<typeof hostFirmwareStatusSchema>
export type KnobResult = z.output<typeof knobResultSchema>
export type KnobOutcome = (typeof knobOutcomes)[number]
