import { z } from 'zod'
import { localNameSchema } from '../meta.js'
import { withRules } from '../rules.js'
import { versionSchema } from './node-layer.js'

const atomic = { 'x-kubernetes-list-type': 'atomic' } as const

const dnsLabel = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)

export const cniSchema = z.object({
  name: z.enum(['Flannel', 'Multus', 'KubeOVN', 'Nodus']).describe('Network plugin.'),
  role: z
    .enum(['Primary', 'Meta', 'Secondary'])
    .describe('Primary gives every pod its first interface; Meta adds further ones that Secondary plugins make.'),
  version: versionSchema.describe('Its version.'),
})

const chartSchema = z
  .object({
    repoURL: z.string().min(1).max(2048).describe('Repository of the chart, http(s):// or oci://.'),
    name: z.string().min(1).max(253).describe('Name of the chart.'),
    version: z.string().min(1).max(64).describe('Version of the chart.'),
    values: z.string().max(65_536).optional().describe('Values as YAML.'),
  })
  .describe('A Helm chart, delivered by a HelmChartProxy.')

const manifestSchema = z.object({
  kind: z.enum(['ConfigMap', 'Secret']).describe('Kind of the object that holds the manifests.'),
  name: localNameSchema.describe('Its name, in the namespace of the KudProfile.'),
})

const readinessSchema = withRules(
  z.object({
    apiVersion: z.string().min(1).max(317).describe('Version of the object, for example apps/v1.'),
    kind: z.string().min(1).max(63).describe('Kind of the object, for example DaemonSet.'),
    namespace: dnsLabel.optional().describe('Namespace of the object, if it has one.'),
    name: localNameSchema.describe('Name of the object.'),
    condition: z.string().min(1).max(316).optional().describe('Type of a condition that must be True.'),
    rolledOut: z.boolean().optional().describe('All replicas (or all Nodes, for a DaemonSet) must be up to date.'),
  }),
  {
    rule: 'has(self.condition) != has(self.rolledOut)',
    message: 'exactly one of condition and rolledOut must be given',
    holds: ({ condition, rolledOut }) => (condition === undefined) !== (rolledOut === undefined),
  },
)

const addOnSchema = withRules(
  z.object({
    name: dnsLabel.describe('Name of the add-on, unique in its stage.'),
    namespace: dnsLabel.optional().describe('Namespace that it is installed to.'),
    chart: chartSchema.optional(),
    manifests: z
      .array(manifestSchema)
      .max(32)
      .optional()
      .meta(atomic)
      .describe('Manifests, delivered by a ClusterResourceSet in this order.'),
    readyWhen: z
      .array(readinessSchema)
      .max(16)
      .default([])
      .meta(atomic)
      .describe('What must be seen in the cluster before the add-on counts as installed.'),
  }),
  {
    rule: 'has(self.chart) != has(self.manifests)',
    message: 'exactly one of chart and manifests must be given',
    holds: ({ chart, manifests }) => (chart === undefined) !== (manifests === undefined),
  },
)

export const stageSchema = z.object({
  name: dnsLabel.describe('Name of the stage.'),
  addOns: z
    .array(addOnSchema)
    .min(1)
    .max(32)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .describe('Add-ons that are installed together.'),
  timeoutSeconds: z.int().min(1).max(86_400).default(1800).describe('How long all of them may take.'),
})
