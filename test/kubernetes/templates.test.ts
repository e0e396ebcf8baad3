import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { kataMetalCluster } from '../../api/infrastructure/kata-metal-cluster.js'
import { kataMetalMachineTemplate } from '../../api/infrastructure/kata-metal-machine-template.js'
import type { KubeObject } from '../../api/meta.js'
import { typeOf } from '../../src/kube/resource-types.js'
import type { ResourceClient } from '../../src/kube/types.js'
import { row } from '../conformance/row.js'
import { type Crd, crdType } from '../conformance/shared/kinds.js'
import { ConformanceSite } from '../conformance/site.js'
import { openRealPlatform, type RealPlatform } from './real.js'

interface Template extends KubeObject {
  readonly spec: { readonly template: { readonly spec: { readonly needs?: object; readonly image?: object } } }
  readonly status?: {
    capacity?: Record<string, string>
    nodeInfo?: { architecture?: string; operatingSystem?: string }
  }
}

describe('templates and contract marks', () => {
  let platform: RealPlatform
  let site: ConformanceSite
  let templates: ResourceClient<Template>

  beforeAll(async () => {
    platform = await openRealPlatform()
    site = await ConformanceSite.start(platform, { personas: ['dell', 'hpe'] })
    templates = site.resource<Template>(typeOf(kataMetalMachineTemplate))
    await platform.apply(template('small', {}))
  })
  afterAll(async () => {
    await site?.stop()
    await platform?.stop()
  })

  const template = (name: string, spec: object, annotations: Record<string, string> = {}): Template => ({
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
    kind: 'KataMetalMachineTemplate',
    metadata: { namespace: site.namespace, name, annotations },
    spec: { template: { spec } },
  })
  const changed = { needs: { cores: 4 } }
  const topology = { 'topology.cluster.x-k8s.io/dry-run': '' }

  row(30, 'an edit of a template is refused, but for the dry run that the topology controller marks', async () => {
    const apply = (object: Template, dryRun: boolean) =>
      templates.apply(object, { fieldManager: 'capi-topology', force: true, dryRun })
    await site.until('the policy to work', async () =>
      apply(template('small', changed), true).then(
        () => undefined,
        () => true,
      ),
    )
    const refused = { code: 'KubernetesRejected', seen: expect.stringContaining('immutable') }
    await expect(
      templates.mergePatch(site.namespace, 'small', { spec: { template: { spec: changed } } }),
    ).rejects.toMatchObject(refused)
    await expect(apply(template('small', changed, topology), false)).rejects.toMatchObject(refused)
    await expect(apply(template('small', changed), true)).rejects.toMatchObject(refused)
    const tried = await apply(template('small', changed, topology), true)
    expect(tried.spec.template.spec).toMatchObject(changed)
    expect((await templates.get(site.namespace, 'small')).spec.template.spec).not.toMatchObject(changed)
  })

  row(32, 'a template tells what a Node of it offers, in quantities, and what kind of Node it is', async () => {
    await site.untilHosts('Available')
    const { status } = await site.untilObject(
      templates,
      'small',
      'capacity',
      ({ status }) => status?.capacity?.['cpu'] !== undefined,
    )
    for (const quantity of Object.values(status?.capacity ?? {}))
      expect(quantity).toMatch(/^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/)
    expect(Object.keys(status?.capacity ?? {})).toEqual(expect.arrayContaining(['cpu', 'memory']))
    expect(status?.nodeInfo).toEqual({ architecture: 'amd64', operatingSystem: 'linux' })
  })

  row(11, 'the mark of external management cannot be removed', async () => {
    const metadata = { annotations: { 'cluster.x-k8s.io/managed-by': 'somebody' } }
    await platform.apply(site.kataMetalCluster('marked', { metadata }))
    await expect(
      site.kataMetalClusters.mergePatch(site.namespace, 'marked', {
        metadata: { annotations: { 'cluster.x-k8s.io/managed-by': null } },
      }),
    ).rejects.toMatchObject({ code: 'KubernetesRejected', seen: expect.stringContaining('managed-by') })
  })

  row(2, 'core does nothing with a kind that has lost its contract label, and goes on when it is back', async () => {
    const crds = platform.client.resource<Crd>(crdType)
    const crd = `${kataMetalCluster.plural}.${kataMetalCluster.group}`
    const label = (value: string | null) =>
      crds.mergePatch(undefined, crd, { metadata: { labels: { 'cluster.x-k8s.io/v1beta2': value } } })
    await label(null)
    try {
      await pause(1_000)
      await site.addCluster('unlabelled')
      await pause(4_000)
      const { metadata } = await site.kataMetalClusters.get(site.namespace, 'unlabelled')
      expect(metadata.ownerReferences).toBeUndefined()
      const log = await platform.bed.log('capi-core')
      expect(log).toContain('cannot find any versions matching contract')
    } finally {
      await label('v1alpha1')
    }
    await site.untilObject(
      site.clusters,
      'unlabelled',
      'provisioned',
      ({ status }) => status?.initialization?.infrastructureProvisioned,
      120_000,
    )
  })
})
