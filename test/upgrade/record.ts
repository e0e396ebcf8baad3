import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { allKinds } from '../../api/kinds.js'
import type { Kind } from '../../api/kind.js'
import type { KubeObject } from '../../api/meta.js'
import { packageRoot } from '../../src/base/package-root.js'
import { ownVersion } from '../../src/cli/version.js'
import { typeOf } from '../../src/kube/resource-types.js'
import { labNamespace } from '../../src/lab/lab.js'
import { read } from '../../hack/release/components.js'
import { type Site, startSite } from '../support/site.js'

// `npm run record-upgrade-set` writes test/upgrade/v<version>: one object of each kind as the API server of the lab stores
// it in the middle of a life. Run it once per release, before the version is raised; never change an older set.

/** Kinds that the lab does not use by itself come from what users are shown. */
const examples = (root: string): KubeObject[] => [
  ...read(join(root, 'config/samples')),
  ...read(join(root, 'config/clusterctl/clusterclass-katametal.yaml')),
  {
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
    kind: 'KataMetalRemediationTemplate',
    metadata: { name: 'reboot' },
    spec: { template: { spec: {} } },
  } as KubeObject,
  {
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
    kind: 'KataMetalRemediation',
    metadata: { name: 'edge-control-plane' },
    spec: { strategy: { retryLimit: 2 } },
  } as KubeObject,
]

const record = async (site: Site, kind: Kind, root: string): Promise<KubeObject> => {
  const client = site.lab.client.resource(typeOf(kind))
  const [known] = await client.list({ namespace: labNamespace })
  if (known !== undefined) return known
  const example = examples(root).find(object => object.kind === kind.kind)
  if (example === undefined) throw new Error(`no example of ${kind.kind}`)
  return client.create({ ...example, metadata: { name: example.metadata.name, namespace: labNamespace } })
}

const root = packageRoot(import.meta.url)
const folder = join(root, 'test/upgrade', `v${ownVersion()}`)
const site = await startSite({ machines: 1 })
try {
  await site.untilPhase('edge-control-plane', 'Running')
  await site.untilState(site.names[0] ?? '', 'InService')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const kind of allKinds) {
    const object = await record(site, kind, root)
    Reflect.deleteProperty(object.metadata, 'managedFields')
    await writeFile(
      join(folder, `${kind.kind}.yaml`),
      stringify(object, { lineWidth: 120, aliasDuplicateObjects: false }),
    )
  }
  console.log(`recorded ${allKinds.length} kinds in test/upgrade/v${ownVersion()}`)
} finally {
  await site.stop()
}
