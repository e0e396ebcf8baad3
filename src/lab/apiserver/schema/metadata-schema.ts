import type { Schema } from './schema.js'

const text: Schema = { type: 'string' }
const textMap: Schema = { type: 'object', additionalProperties: text }

/** meta/v1 ObjectMeta, which every CRD has without writing it down. */
export const metadataSchema: Schema = {
  type: 'object',
  properties: {
    name: text,
    generateName: text,
    namespace: text,
    uid: text,
    resourceVersion: text,
    generation: { type: 'integer' },
    creationTimestamp: { type: 'string', nullable: true },
    deletionTimestamp: { type: 'string', nullable: true },
    deletionGracePeriodSeconds: { type: 'integer', nullable: true },
    labels: textMap,
    annotations: textMap,
    finalizers: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    ownerReferences: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      'x-kubernetes-patch-merge-key': 'uid',
      items: {
        type: 'object',
        'x-kubernetes-map-type': 'atomic',
        required: ['apiVersion', 'kind', 'name', 'uid'],
        properties: {
          apiVersion: text,
          kind: text,
          name: text,
          uid: text,
          controller: { type: 'boolean' },
          blockOwnerDeletion: { type: 'boolean' },
        },
      },
    },
    managedFields: {
      type: 'array',
      items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
    selfLink: text,
  },
}

/** The schema of a whole object: that of its kind with apiVersion, kind and metadata added. */
export const withObjectMeta = (schema: Schema): Schema => ({
  ...schema,
  type: 'object',
  properties: {
    ...schema.properties,
    apiVersion: text,
    kind: text,
    metadata: metadataSchema,
  },
})
