import { describe, expect, it } from 'vitest'
import { kataMetalCluster } from '../../api/infrastructure/kata-metal-cluster.js'
import { kataMetalMachine } from '../../api/infrastructure/kata-metal-machine.js'
import type { Kind } from '../../api/kind.js'
import { kudProfile } from '../../api/kud/kud-profile.js'
import { bareMetalHost } from '../../api/metal/bare-metal-host.js'
import { silentLogger } from '../../src/base/log.js'
import { compileRule } from '../../src/lab/apiserver/cel/rule-check.js'
import { compileSchema } from '../../src/lab/apiserver/schema/validate.js'
import { structuralSchemaOf } from './normalise.js'
import type { Json } from './schema.js'

/** What zod and an API server that evaluates the CEL rules have to say about a spec. */
const complaints = (kind: Kind, spec: Json): { zod: string[]; cel: string[] } => {
  const cel: string[] = []
  compileSchema(structuralSchemaOf(kind.spec, kind.kind), compileRule(silentLogger))(spec, {
    path: 'spec',
    old: undefined,
    report: ({ message }) => cel.push(message),
  })
  return { zod: (kind.spec.safeParse(spec).error?.issues ?? []).map(({ message }) => message), cel }
}

const host = (image: Json): Json => ({ bmc: { address: 'ipmi://192.0.2.1', credentialsName: 'x' }, image })
const machine = (expression: Json): Json => ({ hostSelector: { matchExpressions: [expression] } })
const profile = (more: Record<string, Json> = {}): Json => ({
  kubernetes: { version: 'v1.35.2' },
  containerd: { version: '2.3.0' },
  kata: { version: '4.1.0' },
  runtimeClasses: [{ name: 'kata', handler: 'kata-qemu-runtime-rs', overhead: { memory: '320Mi', cpu: '250m' } }],
  cnis: [{ name: 'Flannel', role: 'Primary', version: '0.28.9' }],
  ...more,
})
const stage = (addOn: Record<string, Json>): Json =>
  profile({ stages: [{ name: 'one', addOns: [{ name: 'a', ...addOn }] }] })
const chart = { repoURL: 'https://charts.example', name: 'c', version: '1.0.0' }
const ready = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd' }

describe('the rules between fields', () => {
  it.each<[string, Kind, Json]>([
    ['an endpoint with host and port', kataMetalCluster, { controlPlaneEndpoint: { host: 'h', port: 6443 } }],
    ['no endpoint', kataMetalCluster, {}],
    ['a checksum without its type', bareMetalHost, host({ url: 'u', checksum: 'c' })],
    ['a checksum with its type', kataMetalMachine, { image: { url: 'u', checksum: 'c', checksumType: 'sha512' } }],
    ['In with values', kataMetalMachine, machine({ key: 'k', operator: 'In', values: ['v'] })],
    ['Exists without values', kataMetalMachine, machine({ key: 'k', operator: 'Exists' })],
    ['Exists with an empty list of values', kataMetalMachine, machine({ key: 'k', operator: 'Exists', values: [] })],
    ['one primary CNI', kudProfile, profile()],
    ['tenants on a runtime class of the profile', kudProfile, profile({ tenants: { runtimeClassName: 'kata' } })],
    ['an add-on that is a chart', kudProfile, stage({ chart })],
    ['an add-on that waits for a rollout', kudProfile, stage({ chart, readyWhen: [{ ...ready, rolledOut: true }] })],
  ])('allow %s', (_what, kind, spec) => {
    expect(complaints(kind, spec)).toEqual({ zod: [], cel: [] })
  })

  it.each<[string, Kind, Json, string]>([
    ['a host without a port', kataMetalCluster, { controlPlaneEndpoint: { host: 'h' } }, 'host and port'],
    ['a port without a host', kataMetalCluster, { controlPlaneEndpoint: { port: 1 } }, 'host and port'],
    ['a checksum type alone on a host', bareMetalHost, host({ url: 'u', checksumType: 'sha256' }), 'needs a checksum'],
    [
      'a checksum type alone on a machine',
      kataMetalMachine,
      { image: { url: 'u', checksumType: 'sha256' } },
      'needs a checksum',
    ],
    ['In without values', kataMetalMachine, machine({ key: 'k', operator: 'In' }), 'values must be given'],
    ['NotIn without any value', kataMetalMachine, machine({ key: 'k', operator: 'NotIn', values: [] }), 'values must'],
    ['Exists with values', kataMetalMachine, machine({ key: 'k', operator: 'Exists', values: ['v'] }), 'only for them'],
    [
      'two primary CNIs',
      kudProfile,
      profile({
        cnis: [
          { name: 'Flannel', role: 'Primary', version: '0.28.9' },
          { name: 'KubeOVN', role: 'Primary', version: '1.16.2' },
        ],
      }),
      'exactly one of cnis',
    ],
    ['tenants on an unknown class', kudProfile, profile({ tenants: { runtimeClassName: 'runc' } }), 'must name one of'],
    ['an add-on of nothing', kudProfile, stage({}), 'one of chart and manifests'],
    [
      'an add-on of both',
      kudProfile,
      stage({ chart, manifests: [{ kind: 'ConfigMap', name: 'm' }] }),
      'one of chart and manifests',
    ],
    ['readiness of nothing', kudProfile, stage({ chart, readyWhen: [ready] }), 'one of condition and rolledOut'],
  ])('refuse %s, in zod and in CEL with the same words', (_what, kind, spec, words) => {
    const { zod, cel } = complaints(kind, spec)
    expect(zod.join()).toContain(words)
    expect(cel).toEqual(zod)
  })
})
