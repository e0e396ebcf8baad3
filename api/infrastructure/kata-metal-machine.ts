import { z } from 'zod'
import type { Kind, ObjectOf } from '../kind.js'
import { conditionsSchema, localNameSchema } from '../meta.js'
import { withRules } from '../rules.js'
import { checksumRule } from '../metal/bare-metal-host.js'
import { contractLabels, infrastructureGroup, infrastructureVersion } from './group.js'

const quantity = z
  .string()
  .max(64)
  .regex(/^[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$/)

export const hostSelectorSchema = z
  .object({
    matchLabels: z.record(z.string(), z.string().max(63)).optional().describe('Labels with exactly these values.'),
    matchExpressions: z
      .array(
        withRules(
          z.object({
            key: z.string().min(1).max(317).describe('Label key.'),
            operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How the label is held to values.'),
            values: z
              .array(z.string().max(63))
              .max(64)
              .optional()
              .meta({ 'x-kubernetes-list-type': 'atomic' })
              .describe('For In and NotIn.'),
          }),
          {
            rule: "(self.operator == 'In' || self.operator == 'NotIn') == (has(self.values) && size(self.values) > 0)",
            message: 'values must be given for In and NotIn, and only for them',
            holds: ({ operator, values }) =>
              (operator === 'In' || operator === 'NotIn') === (values !== undefined && values.length > 0),
          },
        ),
      )
      .max(64)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Conditions on labels; all must hold.'),
  })
  .describe('Label selector over BareMetalHosts of the namespace.')

export const hostNeedsSchema = z
  .object({
    cores: z.int().min(1).max(100_000).optional().describe('Smallest number of physical cores.'),
    memory: quantity.optional().describe('Smallest memory, for example 64Gi.'),
    disk: quantity.optional().describe('Smallest size of the largest disk, for example 400G.'),
    nics: z.int().min(1).max(64).optional().describe('Smallest number of NICs.'),
    kata: z.boolean().optional().describe('Only hosts whose KataCapable condition is not False.'),
  })
  .describe('What the hardware must have; checked against HostInventory before a host is claimed.')

const dnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/)

/** One IPAddressClaim (Cluster API IPAM contract). */
export const poolAddressSchema = z.object({
  name: z
    .string()
    .min(1)
    .max(32)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    .describe('Part of the name of the IPAddressClaim: <machine>-<name>.'),
  poolRef: z
    .object({
      apiGroup: dnsName.min(1).describe('API group of the pool.'),
      kind: z
        .string()
        .min(1)
        .max(63)
        .regex(/^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/)
        .describe('Kind of the pool, for example InClusterIPPool.'),
      name: dnsName.min(1).describe('Name of the pool.'),
    })
    .describe('The pool of the same namespace that gives the address.'),
  nameservers: z
    .array(z.string().min(2).max(45))
    .max(8)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Addresses of DNS servers.'),
})

export const kataMetalMachineSpecSchema = z
  .object({
    providerID: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe('katametal://<namespace>/<host>; set by the controller.'),
    hostSelector: hostSelectorSchema.optional(),
    needs: hostNeedsSchema.optional(),
    image: withRules(
      z.object({
        url: z.string().min(1).max(4096).describe('Where the image is: http(s)://..., as reached from the server.'),
        checksum: z.string().max(4096).optional().describe('Hex digest of the file behind url.'),
        checksumType: z.enum(['sha256', 'sha512']).optional().describe('Algorithm of checksum; sha256 when left out.'),
        format: z.enum(['raw', 'qcow2']).optional().describe('Disk format; raw when left out.'),
      }),
      checksumRule,
    )
      .optional()
      .describe('Image for the host; without it the image that the host names itself is used.'),
    firmwareProfileName: localNameSchema.optional().describe('Firmware profile for the host while it is claimed.'),
    automatedCleaningMode: z
      .enum(['metadata', 'disabled'])
      .optional()
      .describe('How to wipe the host when it is given back; the mode of the host when left out.'),
    networkData: z
      .object({ name: localNameSchema.describe('Name of the Secret.') })
      .optional()
      .describe('Secret with the network configuration of the installed system (key networkData).'),
    addressesFromPools: z
      .array(poolAddressSchema)
      .max(8)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
      .describe(
        'Static addresses for the NIC that the host boots from, one IPAddressClaim each; not looked at when networkData is given.',
      ),
  })
  .describe('Which host the Machine needs and what to install on it.')

export const kataMetalMachineStatusSchema = z
  .object({
    initialization: z
      .object({ provisioned: z.boolean().optional().describe('The infrastructure is ready (contract v1beta2).') })
      .optional()
      .describe('What has been done once; never taken back.'),
    host: z
      .object({
        name: localNameSchema.describe('Its name.'),
        namespace: localNameSchema.optional().describe('Its namespace.'),
      })
      .optional()
      .describe('The claimed BareMetalHost.'),
    addresses: z
      .array(
        z.object({
          type: z
            .enum(['Hostname', 'ExternalIP', 'InternalIP', 'ExternalDNS', 'InternalDNS'])
            .describe('What kind of address it is.'),
          address: z.string().min(1).max(256).describe('The address.'),
        }),
      )
      .max(256)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('How the server is reached.'),
    failureDomain: z.string().min(1).max(256).optional().describe('Where the host stands.'),
    conditions: conditionsSchema,
  })
  .describe('What is known about the Machine.')

export const kataMetalMachine = {
  group: infrastructureGroup,
  version: infrastructureVersion,
  kind: 'KataMetalMachine',
  plural: 'katametalmachines',
  shortNames: ['kmm'],
  categories: ['cluster-api', 'katametal'],
  description: 'The infrastructure of one Machine: it claims a BareMetalHost, has it installed and gives it back.',
  spec: kataMetalMachineSpecSchema,
  status: kataMetalMachineStatusSchema,
  columns: [
    { name: 'Cluster', type: 'string', jsonPath: '.metadata.labels.cluster\\.x-k8s\\.io/cluster-name' },
    { name: 'Host', type: 'string', jsonPath: '.status.host.name' },
    { name: 'Provisioned', type: 'boolean', jsonPath: '.status.initialization.provisioned' },
    { name: 'Ready', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].status" },
    { name: 'Reason', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].reason" },
    { name: 'ProviderID', type: 'string', jsonPath: '.spec.providerID', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  crdLabels: contractLabels,
} as const satisfies Kind

export type KataMetalMachine = ObjectOf<typeof kataMetalMachine>
export type HostNeeds = z.output<typeof hostNeedsSchema>
export type HostSelector = z.output<typeof hostSelectorSchema>

/** Condition types of KataMetalMachine, in the order in which they are shown. */
export const machineConditionTypes = [
  'Ready',
  'HostClaimed',
  'BootstrapDataReady',
  'Provisioned',
  'NodeJoined',
  'Paused',
] as const
