import { systemClock } from '../../../base/clock.js'
import { type ApiServer, type ApiServerOptions, startApiServer } from '../api-server.js'
import { TestClient } from './client.js'

const condition = {
  type: 'object',
  required: ['type', 'status'],
  properties: { type: { type: 'string' }, status: { type: 'string' }, reason: { type: 'string' } },
} as const

/** A custom resource with something of everything, for tests of this room. */
export const widgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.test' },
  spec: {
    group: 'example.test',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', shortNames: ['wd'], categories: ['all'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
          { name: 'Ready', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].status" },
          { name: 'Team', type: 'string', jsonPath: '.metadata.labels.example\\.test/team', priority: 1 },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description: 'A thing that tests turn in their hands.',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['size'],
                properties: {
                  size: { type: 'integer', minimum: 1, maximum: 10, description: 'How large it is.' },
                  color: { type: 'string', default: 'red', enum: ['red', 'green'] },
                  port: { 'x-kubernetes-int-or-string': true },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                  tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
                  parts: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: {
                      type: 'object',
                      required: ['name'],
                      properties: { name: { type: 'string' }, weight: { type: 'integer', default: 1 } },
                    },
                  },
                },
              },
              status: {
                type: 'object',
                properties: {
                  phase: { type: 'string' },
                  count: { type: 'integer' },
                  conditions: {
                    type: 'array',
                    items: condition,
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['type'],
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
} as const

export const widgets = '/apis/example.test/v1/namespaces/default/widgets'

export const widget = (name: string, spec: object = { size: 1 }, metadata: object = {}) => ({
  apiVersion: 'example.test/v1',
  kind: 'Widget',
  metadata: { name, ...metadata },
  spec,
})

/** A server that knows widgets, and a client with all rights. */
export const startWithWidgets = async (
  options: Partial<ApiServerOptions> = {},
): Promise<{ server: ApiServer; client: TestClient }> => {
  const server = await startApiServer({ clock: systemClock, rbac: false, ...options })
  server.applyManifest(widgetDefinition)
  const client = new TestClient(server, server.addToken({ name: 'tester', groups: ['system:masters'] }))
  return { server, client }
}
