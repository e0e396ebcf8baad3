import { z } from 'zod'

/** Kubernetes object metadata, as far as katametal reads or writes it (meta/v1 ObjectMeta). */
export interface ObjectMeta {
  name: string
  namespace?: string
  generateName?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  finalizers?: string[]
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: OwnerReference[]
}

/** meta/v1 OwnerReference. */
export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** Any object of the Kubernetes API. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
}

/** An object of one of our kinds: `spec` has its defaults filled in by the API server. */
export interface Resource<Spec, Status> extends KubeObject {
  spec: Spec
  status?: Status
}

/** meta/v1 Condition; `reason` is a code of the error table or a CamelCase word of the kind's own list. */
export const conditionSchema = z
  .object({
    type: z
      .string()
      .max(316)
      .regex(/^[A-Za-z][A-Za-z0-9]*$/)
      .describe('What the condition is about, in CamelCase.'),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
    observedGeneration: z.int().min(0).optional().describe('The metadata.generation this was decided for.'),
    lastTransitionTime: z.iso.datetime({ offset: true }).describe('When status last changed.'),
    reason: z
      .string()
      .min(1)
      .max(1024)
      .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
      .describe('A stable code for programs; errors are listed in docs/errors.md.'),
    message: z.string().max(32768).describe('One sentence for people: what was seen and what to do.'),
  })
  .describe('One observed aspect of the object (meta/v1 Condition).')

export type Condition = z.infer<typeof conditionSchema>

/** `status.conditions` of every kind: a list-map keyed by type, so that several writers can share it. */
export const conditionsSchema = z
  .array(conditionSchema)
  .max(64)
  .optional()
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
  .describe('Observed aspects of the object, one per type.')

/** A name in the namespace of the object that refers to it. */
export const localNameSchema = z.string().min(1).max(253)

/** RFC 3339 time. */
export const timeSchema = z.iso.datetime({ offset: true })

/** An amount as Kubernetes writes it, without exponents and signs: 4, 1.5, 64Gi, 400G, 250m. */
export const quantitySchema = z
  .string()
  .max(64)
  .regex(/^[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$/)
