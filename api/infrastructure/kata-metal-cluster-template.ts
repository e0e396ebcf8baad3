import { z } from 'zod'
import type { Kind } from '../kind.js'
import { contractLabels, infrastructureGroup, infrastructureVersion } from './group.js'
import { kataMetalClusterSpecSchema } from './kata-metal-cluster.js'
import { templateMetadataSchema } from './template-metadata.js'

export const kataMetalClusterTemplateSpecSchema = z
  .object({
    template: z
      .object({ metadata: templateMetadataSchema.optional(), spec: kataMetalClusterSpecSchema })
      .describe('What each KataMetalCluster made from the template is.'),
  })
  .describe('The template. Leave controlPlaneEndpoint out when each cluster has its own.')

export const kataMetalClusterTemplate = {
  group: infrastructureGroup,
  version: infrastructureVersion,
  kind: 'KataMetalClusterTemplate',
  plural: 'katametalclustertemplates',
  shortNames: ['kmct'],
  categories: ['cluster-api', 'katametal'],
  description: 'KataMetalClusters of a ClusterClass. Read by Cluster API core only.',
  spec: kataMetalClusterTemplateSpecSchema,
  columns: [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
  crdLabels: contractLabels,
} as const satisfies Kind
