import { z } from 'zod'
import type { Kind, ObjectOf } from '../kind.js'
import { quantitySchema } from '../meta.js'
import { contractLabels, infrastructureGroup, infrastructureVersion } from './group.js'
import { kataMetalMachineSpecSchema } from './kata-metal-machine.js'
import { templateMetadataSchema } from './template-metadata.js'

export const kataMetalMachineTemplateSpecSchema = z
  .object({
    template: z
      .object({
        metadata: templateMetadataSchema.optional(),
        // A providerID names one server; a template stands for many.
        spec: kataMetalMachineSpecSchema
          .omit({ providerID: true })
          .describe('Which host the Machine needs and what to install on it.'),
      })
      .describe('What each KataMetalMachine made from the template is.'),
  })
  .describe('The template. Make a new one instead of changing it: Machines are replaced when their template changes.')

export const kataMetalMachineTemplateStatusSchema = z
  .object({
    capacity: z
      .record(z.string(), quantitySchema)
      .optional()
      .describe('What a Node of the template offers (cpu, memory, pods, ...), for scaling from zero.'),
    nodeInfo: z
      .object({
        architecture: z.enum(['amd64', 'arm64', 's390x', 'ppc64le']).optional().describe('CPU architecture.'),
        operatingSystem: z.string().min(1).max(64).optional().describe('Operating system, for example linux.'),
      })
      .optional()
      .describe('What kind of Node comes of the template, for scaling from zero.'),
  })
  .describe('What the cluster autoscaler may expect of the template: the least of the hosts that match it.')

export const kataMetalMachineTemplate = {
  group: infrastructureGroup,
  version: infrastructureVersion,
  kind: 'KataMetalMachineTemplate',
  plural: 'katametalmachinetemplates',
  shortNames: ['kmmt'],
  categories: ['cluster-api', 'katametal'],
  description: 'KataMetalMachines of a control plane, MachineDeployment or MachineSet. Read by Cluster API core only.',
  spec: kataMetalMachineTemplateSpecSchema,
  status: kataMetalMachineTemplateStatusSchema,
  columns: [
    { name: 'Image', type: 'string', jsonPath: '.spec.template.spec.image.url' },
    { name: 'Profile', type: 'string', jsonPath: '.spec.template.spec.firmwareProfileName' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  crdLabels: contractLabels,
} as const satisfies Kind

export type KataMetalMachineTemplate = ObjectOf<typeof kataMetalMachineTemplate>
