import { at, type Json, objectOf } from '../json.js'
import type { ApiResource, Column } from '../resource.js'
import { age, builtIn, keyedList, partial, text } from './built-in.js'
import { podSpec } from './pods.js'

/** Kinds that the lab reads and writes but nothing here acts on. Runtime classes are read when a pod is made. */
export const otherResources = (): ApiResource[] => [
  leases,
  deployments,
  ...rbacResources,
  ...storedKinds.map(([group, plural, kind, short]) =>
    builtIn({
      group,
      version: 'v1',
      plural,
      kind,
      namespaced: group !== 'node.k8s.io',
      shortNames: short,
    }),
  ),
  ...admissionKinds.map(([plural, kind, short]) =>
    builtIn({
      group: 'admissionregistration.k8s.io',
      version: 'v1',
      plural,
      kind,
      namespaced: false,
      shortNames: short,
      hasGeneration: true,
      nameRule: 'pathSegment',
    }),
  ),
]

const storedKinds: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['node.k8s.io', 'runtimeclasses', 'RuntimeClass', []],
  ['networking.k8s.io', 'networkpolicies', 'NetworkPolicy', ['netpol']],
  ['', 'limitranges', 'LimitRange', ['limits']],
  ['', 'resourcequotas', 'ResourceQuota', ['quota']],
]

const admissionKinds: readonly (readonly [string, string, readonly string[]])[] = [
  ['validatingadmissionpolicies', 'ValidatingAdmissionPolicy', []],
  ['validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', []],
  ['validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', []],
  ['mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', []],
]

const leases = builtIn({
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
  schema: {
    properties: {
      spec: partial({
        holderIdentity: { ...text, nullable: true },
        leaseDurationSeconds: { type: 'integer', minimum: 1, nullable: true },
        leaseTransitions: { type: 'integer', minimum: 0, nullable: true },
        acquireTime: { ...text, format: 'date-time', nullable: true },
        renewTime: { ...text, format: 'date-time', nullable: true },
      }),
    },
  },
  columns: [{ name: 'Holder', type: 'string', jsonPath: '.spec.holderIdentity' }, age],
})

const deployments = builtIn({
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
  shortNames: ['deploy'],
  categories: ['all'],
  subresources: ['status'],
  hasStatus: true,
  hasGeneration: true,
  schema: {
    required: ['spec'],
    properties: {
      spec: partial({ replicas: { type: 'integer', minimum: 0 }, template: partial({ spec: podSpec }) }, [
        'selector',
        'template',
      ]),
      status: partial({ conditions: keyedList(['type']) }),
    },
  },
  prepare: object => ({ ...object, spec: { replicas: 1, ...objectOf(object.spec) } }),
  columns: [
    { name: 'Ready', type: 'integer', jsonPath: '.status.readyReplicas' },
    { name: 'Available', type: 'integer', jsonPath: '.status.availableReplicas' },
    age,
  ],
})

const rules = {
  type: 'array',
  items: partial({ verbs: { type: 'array', items: text, minItems: 1 } }, ['verbs']),
} as const

const roleColumns: readonly Column[] = [{ name: 'Created At', type: 'string', jsonPath: '.metadata.creationTimestamp' }]

const bindingColumns: readonly Column[] = [{ name: 'Role', type: 'string', jsonPath: '.roleRef.name' }, age]

const rbacResources: readonly ApiResource[] = (['', 'Cluster'] as const).flatMap(scope => {
  const shared = {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    namespaced: scope === '',
    nameRule: 'pathSegment',
  } as const
  const prefix = scope.toLowerCase()
  return [
    builtIn({
      ...shared,
      plural: `${prefix}roles`,
      kind: `${scope}Role`,
      columns: roleColumns,
      schema: { properties: { rules: { ...rules, nullable: true } } },
    }),
    builtIn({
      ...shared,
      plural: `${prefix}rolebindings`,
      kind: `${scope}RoleBinding`,
      columns: bindingColumns,
      schema: {
        required: ['roleRef'],
        properties: {
          roleRef: partial({ kind: text, name: text }, ['kind', 'name']),
          subjects: { type: 'array', items: partial({ kind: text, name: text }, ['kind', 'name']) },
        },
      },
      validate: (object, { previous }) =>
        previous === undefined || sameRole(at(previous, 'roleRef'), at(object, 'roleRef'))
          ? []
          : [{ field: 'roleRef', type: 'Invalid', message: 'cannot change roleRef' }],
    }),
  ]
})

const sameRole = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b)
