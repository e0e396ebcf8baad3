import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { Cluster, Machine } from '../../api/cluster-api.js'
import { apiVersionOf } from '../../api/kind.js'
import { allKinds } from '../../api/kinds.js'
import type { BareMetalHost } from '../../api/metal/bare-metal-host.js'
import type { KubeObject } from '../../api/meta.js'
import { packageRoot } from '../../src/base/package-root.js'
import type { Json } from '../../src/lab/apiserver/json.js'
import { prune } from '../../src/lab/apiserver/schema/prune.js'
import { structuralSchemaOf } from './normalise.js'

type Manifest = KubeObject & { spec: Json; stringData?: Record<string, string> }

const root = packageRoot()
const read = (folder: string): [file: string, manifest: Manifest][] =>
  readdirSync(join(root, folder))
    .filter(name => name.endsWith('.yaml'))
    .flatMap(name =>
      parseAllDocuments(readFileSync(join(root, folder, name), 'utf8')).map(
        document => [`${folder}/${name}`, document.toJS() as Manifest] as [string, Manifest],
      ),
    )

const samples = read('config/samples')
const shipped = ['kata.yaml', 'kata-sriov.yaml'].flatMap(name =>
  read('firmware-profiles').filter(([file]) => file.endsWith(`/${name}`)),
)
const kindOf = ({ apiVersion, kind }: KubeObject) =>
  allKinds.find(candidate => candidate.kind === kind && apiVersionOf(candidate) === apiVersion)
const ours = [...samples, ...shipped].filter(([, manifest]) => kindOf(manifest) !== undefined)
const of = <T>(kind: string): T[] =>
  samples.flatMap(([, manifest]) => (manifest.kind === kind ? [manifest as unknown as T] : []))

describe('the samples', () => {
  it.each(ours.map(([file, manifest]) => [file, manifest.kind, manifest.metadata.name, manifest] as const))(
    'in %s hold a valid %s %s without a field that would be dropped',
    (_file, _kind, _name, manifest) => {
      const kind = kindOf(manifest)!
      expect(kind.spec.safeParse(manifest.spec).error?.issues ?? []).toEqual([])
      const unknown: string[] = []
      prune(structuralSchemaOf(kind.spec, kind.kind), manifest.spec, unknown)
      expect(unknown).toEqual([])
    },
  )

  it('show a host with its Secret and its profile', () => {
    const [host] = of<BareMetalHost>('BareMetalHost')
    const [secret] = of<Manifest>('Secret')
    expect(secret?.metadata).toMatchObject({
      name: host?.spec.bmc.credentialsName,
      namespace: host?.metadata.namespace,
    })
    expect(Object.keys(secret?.stringData ?? {})).toEqual(['username', 'password'])
    expect(of<KubeObject>('FirmwareProfile').map(({ metadata }) => metadata.name)).toContain(
      host?.spec.firmwareProfileName,
    )
  })

  it('show one control-plane and three worker Machines, each with its KataMetalMachine in the same Cluster', () => {
    const machines = of<Machine>('Machine')
    const isControlPlane = ({ metadata }: Machine) => metadata.labels?.['cluster.x-k8s.io/control-plane'] === ''
    expect(machines.map(isControlPlane)).toEqual([true, false, false, false])
    const infrastructure = of<KubeObject>('KataMetalMachine').map(({ metadata }) => metadata.name)
    expect(machines.map(({ spec }) => spec?.infrastructureRef?.name)).toEqual(infrastructure)
    const [cluster] = of<Cluster>('Cluster')
    expect(new Set(machines.map(({ spec }) => spec?.clusterName))).toEqual(new Set([cluster?.metadata.name]))
    expect(of<KubeObject>('KataMetalCluster').map(({ metadata }) => metadata.name)).toEqual([
      cluster?.spec?.infrastructureRef?.name,
    ])
  })
})
