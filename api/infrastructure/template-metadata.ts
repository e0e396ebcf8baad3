import { z } from 'zod'

/** `spec.template.metadata` of templates (Cluster API ObjectMeta): these two fields and no others. */
export const templateMetadataSchema = z
  .object({
    labels: z.record(z.string(), z.string()).optional().describe('Labels of the objects made from the template.'),
    annotations: z
      .record(z.string(), z.string())
      .optional()
      .describe('Annotations of the objects made from the template.'),
  })
  .describe('Metadata of the objects made from the template.')
