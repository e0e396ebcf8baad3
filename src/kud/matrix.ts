import { z } from 'zod'
import { cniSchema } from '../../api/kud/add-ons.js'
import { kataHandlers } from '../../api/kud/node-layer.js'

const minor = z.string().regex(/^\d+\.\d+$/)
const patch = z.string().regex(/^\d+\.\d+\.\d+$/)
const window = { from: minor.optional(), to: minor.optional(), instead: z.string().optional() }

/** Which versions go together: the contents of config/kud/matrix.yaml, which explains each field. */
export const matrixSchema = z.strictObject({
  kubernetes: z.array(z.strictObject({ minor, containerd: z.array(patch).min(1), pause: z.string() })).min(1),
  containerd: z.array(z.strictObject({ minor, config: z.union([z.literal(2), z.literal(3)]), fixesUntil: z.string() })),
  kata: z.array(
    z.strictObject({
      minor,
      containerd: z.strictObject({ from: minor, to: minor }),
      archive: z.string(),
      /** Absent when the Go shim is in the one archive. */
      goArchive: z.string().optional(),
      guestKernel: z.record(z.string(), z.string()),
      overhead: z.record(z.enum(kataHandlers), z.strictObject({ memory: z.string(), cpu: z.string() })),
    }),
  ),
  archives: z.strictObject({ containerd: z.string(), runc: z.string(), cniPlugins: z.string() }),
  cnis: z.record(cniSchema.shape.name, z.strictObject({ roles: z.array(cniSchema.shape.role).min(1), ...window })),
  addOns: z.array(z.strictObject({ name: z.string().min(1), ...window })),
})

export type Matrix = z.output<typeof matrixSchema>
export type ContainerdRow = Matrix['containerd'][number]
export type KataRow = Matrix['kata'][number]
