import { z } from 'zod'
import type { Kind } from '../kind.js'
import { infrastructureGroup, infrastructureVersion, remediationLabels } from './group.js'
import { kataMetalRemediationSpecSchema } from './kata-metal-remediation.js'
import { templateMetadataSchema } from './template-metadata.js'

export const kataMetalRemediationTemplateSpecSchema = z
  .object({
    template: z
      .object({ metadata: templateMetadataSchema.optional(), spec: kataMetalRemediationSpecSchema })
      .describe('What each KataMetalRemediation made from the template is.'),
  })
  .describe('The template.')

export const kataMetalRemediationTemplate = {
  group: infrastructureGroup,
  version: infrastructureVersion,
  kind: 'KataMetalRemediationTemplate',
  plural: 'katametalremediationtemplates',
  shortNames: ['kmrt'],
  categories: ['cluster-api', 'katametal'],
  description: 'What a MachineHealthCheck names in spec.remediation.templateRef.',
  spec: kataMetalRemediationTemplateSpecSchema,
  columns: [
    { name: 'Retries', type: 'integer', jsonPath: '.spec.template.spec.strategy.retryLimit' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  crdLabels: remediationLabels,
} as const satisfies Kind
