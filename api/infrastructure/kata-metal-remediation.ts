import { z } from 'zod'
import type { Kind } from '../kind.js'
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

/** How far a remediation is. */
export const remediationPhases = ['Waiting', 'PoweringOff', 'PoweringOn', 'Verifying', 'Succeeded', 'GivenUp'] as const

export const kataMetalRemediationStatusSchema = z
  .object({
    phase: z.enum(remediationPhases).optional().describe('How far the present try is.'),
    retryCount: z.int().min(0).max(100).optional().describe('Tries after the first that were begun.'),
    lastRemediated: timeSchema.optional().describe('When the server was powered off last.'),
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
    'The request of a MachineHealthCheck to bring one unhealthy Machine back. Schema only in this release: no controller acts on it.',
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
