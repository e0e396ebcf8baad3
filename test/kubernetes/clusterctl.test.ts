import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { packageRoot } from '../../src/base/package-root.js'
import { parseManifests } from '../../src/lab/kubernetes/manifests.js'
import { row } from '../conformance/row.js'
import { ConformanceSite } from '../conformance/site.js'
import { type Clusterctl, clusterctlFor } from './clusterctl.js'
import { openRealPlatform, type RealPlatform } from './real.js'

describe('clusterctl, without a network', () => {
  let platform: RealPlatform
  let clusterctl: Clusterctl
  let site: ConformanceSite

  beforeAll(async () => {
    platform = await openRealPlatform()
    clusterctl = await clusterctlFor(platform.bed)
    site = await ConformanceSite.start(platform, { personas: ['dell'] })
  })
  afterAll(async () => {
    await site?.stop()
    await platform?.stop()
  })

  row(33, 'init refuses a release whose metadata knows neither its series nor its contract', async () => {
    const metadata = (minor: number, contract: string) =>
      `apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries:\n  - { major: 0, minor: ${minor}, contract: ${contract} }\n`
    const series = await clusterctlFor(platform.bed, { metadata: metadata(9, 'v1beta2'), suffix: '-series' })
    await expect(series.run(series.init)).rejects.toMatchObject({
      seen: expect.stringMatching(/release series|metadata/i),
    })
    const contract = await clusterctlFor(platform.bed, { metadata: metadata(1, 'v1alpha3'), suffix: '-contract' })
    await expect(contract.run(contract.init)).rejects.toMatchObject({ seen: expect.stringMatching(/contract/i) })
  })

  row(33, 'init takes the components: one namespace, a container named manager, our label on everything', async () => {
    await clusterctl.run(clusterctl.init)
    const providers = await platform.bed.kubectl(['get', 'providers.clusterctl.cluster.x-k8s.io', '-A', '-o', 'name'])
    expect(providers).toContain('infrastructure-katametal')
    const components = parseManifests(
      await clusterctl.run(['generate', 'provider', '--infrastructure', 'katametal:v0.1.0']),
    )
    expect(components.filter(({ kind }) => kind === 'Namespace')).toHaveLength(1)
    for (const { metadata } of components)
      expect(metadata.labels).toMatchObject({ 'cluster.x-k8s.io/provider': 'infrastructure-katametal' })
    const [deployment] = components.filter(({ kind }) => kind === 'Deployment') as never as {
      spec: { template: { spec: { containers: { name: string }[] } } }
    }[]
    expect(deployment?.spec.template.spec.containers.map(({ name }) => name)).toContain('manager')
  })

  row(
    34,
    'every flavor is generated with the documented variables only, and the API server takes all of it',
    async () => {
      const documented = await readFile(join(packageRoot(), 'docs/clusterctl.md'), 'utf8')
      const files = await readdir(join(packageRoot(), 'config/clusterctl'))
      const flavors = files.flatMap(name => /^cluster-template(?:-(.*))?\.yaml$/.exec(name)?.slice(1, 2) ?? [])
      expect(flavors.length).toBeGreaterThan(3)
      for (const flavor of flavors) {
        const chosen = [
          'generate',
          'cluster',
          'edge',
          '--kubeconfig',
          clusterctl.kubeconfig,
          '--infrastructure',
          'katametal:v0.1.0',
          ...(flavor === undefined ? [] : ['--flavor', flavor]),
        ]
        const listed = await clusterctl.run([...chosen, '--list-variables'])
        for (const variable of listed.match(/\b[A-Z][A-Z_]+[A-Z]\b/g) ?? [])
          expect(documented).toContain(`\`${variable}\``)
        const variables = {
          KATAMETAL_ENDPOINT_HOST: '192.0.2.10',
          KATAMETAL_IMAGE_URL: site.images.image.url,
          KATAMETAL_IMAGE_CHECKSUM: site.images.image.checksum,
        }
        const text = await clusterctl.run(
          [
            ...chosen,
            '--target-namespace',
            site.namespace,
            '--kubernetes-version',
            'v1.36.0',
            '--control-plane-machine-count',
            flavor === 'rolling-without-spare' ? '3' : '1',
            '--worker-machine-count',
            '2',
          ],
          undefined,
          variables,
        )
        expect(text).not.toContain('${')
        // A Cluster of a class is checked against its class, which a dry run does not leave behind.
        const classes = parseManifests(text).some(({ kind }) => kind === 'ClusterClass')
        if (!classes) await platform.bed.kubectl(['apply', '--server-side', '--dry-run=server', '-f', '-'], text)
      }
    },
  )

  row(36, 'describe shows the infrastructure with the reason of its Ready condition', async () => {
    await site.addCluster('shown', { infrastructure: { spec: { controlPlaneEndpoint: undefined } } })
    await site.addMachine(`${site.namespace}-shown`, { cluster: 'shown' })
    await site.untilObject(
      site.kataMetalMachines,
      `${site.namespace}-shown`,
      'conditions',
      ({ status }) => (status?.conditions ?? []).length > 0,
    )
    const text = await clusterctl.run([
      'describe',
      'cluster',
      'shown',
      '-n',
      site.namespace,
      '--kubeconfig',
      clusterctl.kubeconfig,
      '--echo',
      '--show-conditions',
      'all',
      '--color=false',
    ])
    expect(text).toMatch(/KataMetalCluster \S+\/shown/)
    expect(text).toMatch(/KataMetalMachine \S+-shown/)
    expect(text).toContain('ControlPlaneEndpointMissing')
    expect(text).toContain('WaitingForClusterInfrastructure')
  })
})
