import { z } from 'zod'
import { quantitySchema } from '../meta.js'

export const tenantPolicySchema = z
  .object({
    namespaceLabel: z
      .string()
      .min(1)
      .max(317)
      .default('katametal.akraino.org/tenant')
      .describe('Namespaces with this label, whatever its value, belong to tenants.'),
    runtimeClassName: z.string().min(1).max(63).describe('The runtime class that pods of tenants must name.'),
    enforcement: z
      .enum(['Deny', 'Warn', 'Audit'])
      .default('Deny')
      .describe('What becomes of a pod that breaks the policy.'),
    allowHostPath: z.boolean().default(false).describe('Whether pods of tenants may mount paths of the node.'),
    defaultLimits: z
      .object({
        cpu: quantitySchema.default('1').describe('CPU limit.'),
        memory: quantitySchema.default('512Mi').describe('Memory limit.'),
      })
      .default({ cpu: '1', memory: '512Mi' })
      .describe(
        'Limits of containers that name none. Kata sizes the VM by them: a CPU limit alone makes it too small.',
      ),
    quota: z
      .object({
        cpu: quantitySchema.default('16').describe('Sum of the CPU limits of its pods, overhead included.'),
        memory: quantitySchema.default('32Gi').describe('Sum of their memory limits, overhead included.'),
        pods: z.int().min(1).max(100_000).default(50).describe('Pods that have not ended.'),
      })
      .default({ cpu: '16', memory: '32Gi', pods: 50 })
      .describe('What one namespace of a tenant may use.'),
    networkPolicy: z
      .enum(['DefaultDeny', 'None'])
      .default('DefaultDeny')
      .describe(
        'DefaultDeny: no traffic from or to pods of a tenant but name lookups, until its own NetworkPolicies allow more. It takes a network plugin that enforces them.',
      ),
  })
  .describe('How tenants are held to Kata.')

export type TenantPolicy = z.output<typeof tenantPolicySchema>
