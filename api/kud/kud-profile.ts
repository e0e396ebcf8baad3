import { z } from 'zod'
import type { Kind, ObjectOf } from '../kind.js'
import { conditionsSchema } from '../meta.js'
import { moveLabels } from '../metal/group.js'
import { withRules } from '../rules.js'
import { cniSchema, stageSchema } from './add-ons.js'
import { kudGroup, kudVersion } from './group.js'
import { containerdSchema, hostSetupSchema, kataSchema, kubernetesSchema, runtimeClassSchema } from './node-layer.js'
import { tenantPolicySchema } from './tenant-policy.js'

const byName = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] } as const

export const kudProfileSpecSchema = withRules(
  z
    .object({
      kubernetes: kubernetesSchema,
      containerd: containerdSchema,
      kata: kataSchema,
      hostSetup: hostSetupSchema.optional(),
      runtimeClasses: z
        .array(runtimeClassSchema)
        .min(1)
        .max(16)
        .meta(byName)
        .describe('Runtime classes beside runc, which is the default and has none.'),
      cnis: z.array(cniSchema).min(1).max(8).meta(byName).describe('Network plugins.'),
      stages: z
        .array(stageSchema)
        .max(32)
        .default([])
        .meta(byName)
        .describe('Add-ons, in this order: a stage begins when everything in the one before was seen ready.'),
      tenants: tenantPolicySchema.optional(),
    })
    .describe('What the nodes and the cluster consist of.'),
  {
    rule: "self.cnis.exists_one(cni, cni.role == 'Primary')",
    message: 'exactly one of cnis must have role Primary',
    holds: ({ cnis }) => cnis.filter(({ role }) => role === 'Primary').length === 1,
  },
  {
    rule: '!has(self.tenants) || self.runtimeClasses.exists(class, class.name == self.tenants.runtimeClassName)',
    message: 'tenants.runtimeClassName must name one of runtimeClasses',
    holds: ({ tenants, runtimeClasses }) =>
      tenants === undefined || runtimeClasses.some(({ name }) => name === tenants.runtimeClassName),
  },
)

export const kudProfileStatusSchema = z
  .object({
    observedGeneration: z.int().min(0).optional().describe('The metadata.generation that the rest is about.'),
    clusters: z
      .array(
        z.object({
          name: z.string().min(1).max(253).describe('Cluster of the same namespace.'),
          ready: z.boolean().optional().describe('Whether the runtime classes and the tenant policy are in it.'),
          message: z.string().max(1024).optional().describe('Why they are not, when the cluster refused them.'),
        }),
      )
      .max(256)
      .optional()
      .meta(byName)
      .describe('The Clusters that use the profile.'),
    conditions: conditionsSchema,
  })
  .describe('What became of the profile.')

export const kudProfile = {
  group: kudGroup,
  version: kudVersion,
  kind: 'KudProfile',
  plural: 'kudprofiles',
  shortNames: ['kudp'],
  categories: ['katametal'],
  description:
    'The node layer and the add-ons of a cluster: Kubernetes, containerd and Kata versions, runtime classes, network plugins, add-on stages and tenant policy. A KataMetalCluster names it. Network plugins and stages are checked but not installed in this release.',
  spec: kudProfileSpecSchema,
  status: kudProfileStatusSchema,
  columns: [
    { name: 'Kubernetes', type: 'string', jsonPath: '.spec.kubernetes.version' },
    { name: 'Containerd', type: 'string', jsonPath: '.spec.containerd.version' },
    { name: 'Kata', type: 'string', jsonPath: '.spec.kata.version' },
    { name: 'Valid', type: 'string', jsonPath: ".status.conditions[?(@.type=='Valid')].status" },
    { name: 'Tenants', type: 'string', jsonPath: '.spec.tenants.runtimeClassName' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  crdLabels: { ...moveLabels, 'clusterctl.cluster.x-k8s.io/move': '' },
} as const satisfies Kind

export type KudProfile = ObjectOf<typeof kudProfile>
export type KudProfileSpec = z.output<typeof kudProfileSpecSchema>
