import { z } from 'zod'
import type { Kind, ObjectOf } from '../kind.js'
import { conditionsSchema, timeSchema } from '../meta.js'
import { infrastructureGroup, infrastructureVersion, remediationLabels } from './group.js'

export const kataMetalRemediationSpecSchema = z
  .object({
    strategy: z
      .object({
        type: z.literal('Reboot').default('Reboot').describe('Power the server off, fence its Node, power it on.'),
        retryLimit: z
          .int()
          .min(0)
          .max(100)
          .default(1)
          .describe('Further tries after the first, before the Machine is given up for replacement.'),
        timeoutSeconds: z
          .int()
          .min(60)
          .max(86_400)
          .default(900)
          .describe('How long a try may take until the Node must be healthy.'),
      })
      .default({ type: 'Reboot', retryLimit: 1, timeoutSeconds: 900 })
      .describe('How the server is brought back.'),
  })
  .describe('What to do about an unhealthy Machine.')

/** How far a remediation is (src/controllers/remediation/lifecycle.ts). */
export const remediationPhases = [
  'Waiting',
  'PoweringOff',
  'Fencing',
  'PoweringOn',
  'Verifying',
  'Succeeded',
  'GivenUp',
] as const

export const kataMetalRemediationStatusSchema = z
  .object({
    phase: z.enum(remediationPhases).optional().describe('How far the present try is.'),
    since: timeSchema.optional().describe('When the phase was entered.'),
    deadline: timeSchema.optional().describe('When the present try counts as failed.'),
    retryCount: z.int().min(0).max(100).optional().describe('Tries after the first that were begun.'),
    lastRemediated: timeSchema.optional().describe('When the server was last seen off.'),
    fencedBootID: z
      .string()
      .max(64)
      .optional()
      .describe('status.nodeInfo.bootID of the Node when it was fenced; another one shows that the server has booted.'),
    conditions: conditionsSchema,
  })
  .describe('How the remediation went.')

export const kataMetalRemediation = {
  group: infrastructureGroup,
  version: infrastructureVersion,
  kind: 'KataMetalRemediation',
  plural: 'katametalremediations',
  shortNames: ['kmr'],
  categories: ['cluster-api', 'katametal'],
  description:
    'The request of a MachineHealthCheck to bring one unhealthy Machine back: its server is powered off, its Node fenced, the server powered on.',
  spec: kataMetalRemediationSpecSchema,
  status: kataMetalRemediationStatusSchema,
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Retries', type: 'integer', jsonPath: '.status.retryCount' },
    { name: 'Limit', type: 'integer', jsonPath: '.spec.strategy.retryLimit' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  crdLabels: remediationLabels,
} as const satisfies Kind

export type KataMetalRemediation = ObjectOf<typeof kataMetalRemediation>
export type RemediationPhase = (typeof remediationPhases)[number]
