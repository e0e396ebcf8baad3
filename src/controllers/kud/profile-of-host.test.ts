import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../../api/cluster-api.js'
import type { KataMetalCluster } from '../../../api/infrastructure/kata-metal-cluster.js'
import type { KataMetalMachine } from '../../../api/infrastructure/kata-metal-machine.js'
import type { KudProfile } from '../../../api/kud/kud-profile.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { profile } from '../../../test/support/kud-profile.js'
import { createNodeLayer } from './node-layer.js'
import { type ProfileSources, profileOfHost } from './profile-of-host.js'

const meta = (name: string) => ({ namespace: 'ns', name, uid: `uid-${name}` })
const infrastructure = 'infrastructure.cluster.x-k8s.io'

const world = (given: { profileName?: string; kata?: boolean; kind?: string } = {}) => {
  const cluster: Cluster = {
    apiVersion: 'cluster.x-k8s.io/v1beta2',
    kind: 'Cluster',
    metadata: meta('edge'),
    spec: {
      infrastructureRef: { apiGroup: infrastructure, kind: given.kind ?? 'KataMetalCluster', name: 'edge-infra' },
    },
  }
  const ours = {
    apiVersion: `${infrastructure}/v1alpha1`,
    kind: 'KataMetalCluster',
    metadata: meta('edge-infra'),
    spec: {
      failureDomainLabel: 'zone',
      ...(given.profileName === undefined ? {} : { kudProfileName: given.profileName }),
    },
  } as KataMetalCluster
  const machine = {
    apiVersion: `${infrastructure}/v1alpha1`,
    kind: 'KataMetalMachine',
    metadata: meta('worker'),
    spec: given.kata === undefined ? {} : { needs: { kata: given.kata } },
  } as KataMetalMachine
  const kud: KudProfile = {
    apiVersion: 'kud.akraino.org/v1alpha1',
    kind: 'KudProfile',
    metadata: meta('mine'),
    spec: profile(),
  }
  const found = <T>(key: string, object: T) => ({ get: (asked: string) => (asked === key ? object : undefined) })
  const sources: ProfileSources = {
    clusters: found('ns/edge', cluster),
    kataMetalClusters: found('ns/edge-infra', ours),
    kataMetalMachines: found('ns/worker', machine),
    kudProfiles: found('ns/mine', kud),
  }
  return sources
}

const host = {
  apiVersion: 'metal.akraino.org/v1alpha1',
  kind: 'BareMetalHost',
  metadata: { ...meta('host-1'), labels: { 'cluster.x-k8s.io/cluster-name': 'edge' } },
  spec: {
    consumerRef: {
      apiVersion: `${infrastructure}/v1alpha1`,
      kind: 'KataMetalMachine',
      name: 'worker',
      namespace: 'ns',
    },
  },
} as unknown as BareMetalHost

describe('the KudProfile of a host', () => {
  it('is the one that the KataMetalCluster of its Cluster names', () => {
    const found = profileOfHost(host, world({ profileName: 'mine' }))
    expect(found?.profile.metadata.name).toBe('mine')
    expect(found?.kata).toBe(true)
  })

  it('leaves Kata out where the Machine says that it needs none', () => {
    expect(profileOfHost(host, world({ profileName: 'mine', kata: false }))?.kata).toBe(false)
    expect(profileOfHost(host, world({ profileName: 'mine', kata: true }))?.kata).toBe(true)
  })

  it('is none without a name, without a Cluster, and for a Cluster of other infrastructure', () => {
    expect(profileOfHost(host, world())).toBeUndefined()
    expect(profileOfHost({ ...host, metadata: meta('host-1') }, world({ profileName: 'mine' }))).toBeUndefined()
    expect(profileOfHost(host, world({ profileName: 'mine', kind: 'OtherCluster' }))).toBeUndefined()
  })

  it('that is missing is an error, since a node without its layer would be useless', () => {
    expect(() => profileOfHost(host, world({ profileName: 'gone' }))).toThrow(
      /KudProfile does not exist.*it names gone/,
    )
  })

  it('becomes the script of its first boot', () => {
    const script = createNodeLayer(world({ profileName: 'mine' })).scriptFor(host)
    expect(script?.text).toContain("KM_PROFILE='mine'")
    expect(script?.text).toContain('require_virtualization\n')
    expect(createNodeLayer(world({ profileName: 'mine', kata: false })).scriptFor(host)?.text).not.toContain(
      '\nrequire_virtualization\n',
    )
    expect(createNodeLayer(world()).scriptFor(host)).toBeUndefined()
  })
})
