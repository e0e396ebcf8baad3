import { z } from 'zod'
import type { Kind, ObjectOf } from '../kind.js'
import { conditionsSchema, localNameSchema } from '../meta.js'
import { nonEmpty, withRules } from '../rules.js'
import { contractLabels, infrastructureGroup, infrastructureVersion } from './group.js'

export const controlPlaneEndpointSchema = withRules(
  nonEmpty(
    z
      .object({
        host: z.string().min(1).max(512).optional().describe('Host name or address, for example that of a virtual IP.'),
        port: z.int().min(1).max(65535).optional().describe('TCP port, usually 6443.'),
      })
      .describe('Where the API server of the cluster is reached. katametal never invents one.'),
  ),
  {
    rule: 'has(self.host) == has(self.port)',
    message: 'host and port must be given together',
    holds: ({ host, port }) => (host === undefined) === (port === undefined),
  },
)

export const kataMetalClusterSpecSchema = z
  .object({
    controlPlaneEndpoint: controlPlaneEndpointSchema.optional(),
    failureDomainLabel: z
      .string()
      .max(317)
      .default('topology.kubernetes.io/zone')
      .describe('Label of BareMetalHosts whose values are the failure domains of the cluster.'),
    kudProfileName: localNameSchema
      .optional()
      .describe(
        'KudProfile of the namespace: the node layer of Machines that are installed from now on, the proof of their Nodes, and the policy for tenants. Without it images bring everything themselves.',
      ),
  })
  .describe('What the cluster shall be.')

export const kataMetalClusterStatusSchema = z
  .object({
    initialization: z
      .object({ provisioned: z.boolean().optional().describe('The infrastructure is ready (contract v1beta2).') })
      .optional()
      .describe('What has been done once; never taken back.'),
    failureDomains: z
      .array(
        z.object({
          name: z.string().min(1).max(256).describe('Value of the label.'),
          controlPlane: z.boolean().optional().describe('Whether control plane Machines may be placed there.'),
          attributes: z.record(z.string(), z.string().max(256)).optional().describe('Further facts, for people.'),
        }),
      )
      .max(100)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
      .describe('Values of failureDomainLabel found on hosts.'),
    conditions: conditionsSchema,
  })
  .describe('What is known about the cluster.')

export const kataMetalCluster = {
  group: infrastructureGroup,
  version: infrastructureVersion,
  kind: 'KataMetalCluster',
  plural: 'katametalclusters',
  shortNames: ['kmc'],
  categories: ['cluster-api', 'katametal'],
  description: 'The infrastructure of one Cluster: its control plane endpoint and failure domains.',
  spec: kataMetalClusterSpecSchema,
  status: kataMetalClusterStatusSchema,
  columns: [
    { name: 'Cluster', type: 'string', jsonPath: '.metadata.labels.cluster\\.x-k8s\\.io/cluster-name' },
    { name: 'Provisioned', type: 'boolean', jsonPath: '.status.initialization.provisioned' },
    { name: 'Endpoint', type: 'string', jsonPath: '.spec.controlPlaneEndpoint.host' },
    { name: 'Port', type: 'integer', jsonPath: '.spec.controlPlaneEndpoint.port', priority: 1 },
    { name: 'Reason', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].reason" },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  crdLabels: contractLabels,
} as const satisfies Kind

export type KataMetalCluster = ObjectOf<typeof kataMetalCluster>
