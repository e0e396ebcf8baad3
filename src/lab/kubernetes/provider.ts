import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import type { KubeObject } from '../../../api/meta.js'
import { issueCertificate, type KeyPair } from '../../base/certificates.js'
import type { Bed } from './bed.js'
import { writePrivate } from './files.js'
import { applyAll } from './kubectl.js'
import { parseManifests, withLocalWebhooks } from './manifests.js'
import type { BedParts } from './parts.js'
import { freePorts } from './ports.js'
import type { RunningProgram } from './processes.js'
import { until } from './until.js'

/** A provider of Cluster API: its program, its place in the repository, and whom it runs as. */
interface Provider {
  readonly program: string
  readonly label: string
  readonly components: string
  readonly namespace: string
  readonly serviceAccount: string
}

const kubeadm = (what: 'bootstrap' | 'control-plane'): Provider => ({
  program: `capi-kubeadm-${what}`,
  label: `${what}-kubeadm`,
  components: `${what}-components.yaml`,
  namespace: `capi-kubeadm-${what}-system`,
  serviceAccount: `capi-kubeadm-${what}-manager`,
})

export const providers: readonly Provider[] = [
  {
    program: 'capi-core',
    label: 'cluster-api',
    components: 'core-components.yaml',
    namespace: 'capi-system',
    serviceAccount: 'capi-manager',
  },
  kubeadm('bootstrap'),
  kubeadm('control-plane'),
]

/** Objects that need nodes or cert-manager, neither of which is there. */
const leftOut = ['Deployment', 'Service', 'Certificate', 'Issuer']
const admission = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']

const startMs = 120_000

/**
 * Installs Cluster API core and both kubeadm providers and starts their managers, each as its own ServiceAccount with
 * upstream's own roles: what an infrastructure provider must grant would be hidden from an administrator. Resolves when
 * all of them serve.
 */
export const startClusterApi = async (
  bed: Bed,
  parts: BedParts,
  authority: KeyPair,
  featureGates: string,
): Promise<void> => {
  const ports = await freePorts(providers.length * 2)
  const managers = await Promise.all(
    providers.map(async (provider, index) => {
      const port = ports[index * 2] ?? 0
      const components = await readComponents(parts, provider)
      const local = components.map(object => withLocalWebhooks(object, { port, ca: authority.cert }))
      await writeComponents(parts, provider, local)
      const objects = local.filter(({ kind }) => !leftOut.includes(kind))
      return { provider, port, healthPort: ports[index * 2 + 1] ?? 0, objects }
    }),
  )
  await writeClusterctlConfig(parts)
  const installed = managers.flatMap(({ objects }) => objects).filter(({ kind }) => !isAdmission(kind))
  await applyAll(bed.kubectl, installed)
  await until('discovery of the kinds of Cluster API', startMs, [], () => allDiscovered(bed, installed))
  const certificates = await webhookCertificates(parts.folder, authority)
  await Promise.all(
    managers.map(async ({ provider, port, healthPort, objects }) => {
      const running = await startManager(bed, parts, provider, { port, healthPort, certificates, featureGates })
      await until(provider.program, startMs, [running], () => answersOk(`http://127.0.0.1:${healthPort}/readyz`))
      // A configuration without a server blocks every write, so this comes last.
      await applyAll(
        bed.kubectl,
        objects.filter(({ kind }) => isAdmission(kind)),
      )
    }),
  )
}

const isAdmission = (kind: string): boolean => admission.includes(kind)

const componentsFile = async (repository: string, { label, components }: Provider): Promise<string> => {
  const [version = ''] = await readdir(join(repository, label))
  return join(label, version, components)
}

const readComponents = async ({ program }: BedParts, provider: Provider): Promise<KubeObject[]> => {
  const repository = program('repository')
  return parseManifests(await readFile(join(repository, await componentsFile(repository, provider)), 'utf8'))
}

/** The bed's own repository for clusterctl: the release manifests would point the webhooks back to Services. */
const repositoryOf = (folder: string): string => join(folder, 'repository')

const writeComponents = async (
  { folder, program }: BedParts,
  provider: Provider,
  objects: readonly KubeObject[],
): Promise<void> => {
  const from = program('repository')
  const file = await componentsFile(from, provider)
  const to = join(repositoryOf(folder), file)
  await mkdir(dirname(to), { recursive: true })
  await writeFile(to, objects.map(object => stringify(object, { aliasDuplicateObjects: false })).join('---\n'))
  await copyFile(join(from, dirname(file), 'metadata.yaml'), join(dirname(to), 'metadata.yaml'))
}

/**
 * clusterctl.yaml in the bed's folder. URLs that name a version, and a version of cert-manager, keep clusterctl from asking
 * a network for others.
 */
const writeClusterctlConfig = async ({ folder, program }: BedParts): Promise<void> => {
  const from = program('repository')
  const [core = '', bootstrap = '', controlPlane = ''] = await Promise.all(
    providers.map(async provider => join(repositoryOf(folder), await componentsFile(from, provider))),
  )
  const [certManager = ''] = await readdir(join(from, 'cert-manager'))
  await writeFile(
    join(folder, 'clusterctl.yaml'),
    stringify({
      providers: [
        { name: 'cluster-api', type: 'CoreProvider', url: `file://${core}` },
        { name: 'kubeadm', type: 'BootstrapProvider', url: `file://${bootstrap}` },
        { name: 'kubeadm', type: 'ControlPlaneProvider', url: `file://${controlPlane}` },
      ],
      'cert-manager': {
        url: `file://${join(from, 'cert-manager', certManager, 'cert-manager.yaml')}`,
        version: certManager,
      },
    }),
  )
}

interface Crd extends KubeObject {
  readonly spec: { group: string; names: { plural: string }; versions: { name: string; served: boolean }[] }
}

/**
 * Whether the API server tells of all CRDs: a manager looks its kinds up once, when it starts, and ends if one is not
 * there. That is some time after the CRD became Established.
 */
const allDiscovered = async (bed: Bed, objects: readonly KubeObject[]): Promise<boolean> => {
  const crds = objects.filter(({ kind }) => kind === 'CustomResourceDefinition') as Crd[]
  const wanted = new Map<string, string[]>()
  for (const { spec } of crds)
    for (const { name } of spec.versions.filter(({ served }) => served))
      wanted.set(`${spec.group}/${name}`, [...(wanted.get(`${spec.group}/${name}`) ?? []), spec.names.plural])
  for (const [groupVersion, plurals] of wanted) {
    const { resources } = JSON.parse(await bed.kubectl(['get', '--raw', `/apis/${groupVersion}`])) as {
      resources: { name: string }[]
    }
    if (!plurals.every(plural => resources.some(({ name }) => name === plural))) return false
  }
  return true
}

/** The folder with the serving certificate that the managers' webhook servers share. */
const webhookCertificates = async (folder: string, authority: KeyPair): Promise<string> => {
  const certificates = join(folder, 'webhooks')
  await mkdir(certificates, { recursive: true })
  const pair = await issueCertificate(
    authority,
    { commonName: 'webhooks', hosts: ['127.0.0.1', 'localhost'] },
    Date.now(),
  )
  await writePrivate({ [join(certificates, 'tls.crt')]: pair.cert, [join(certificates, 'tls.key')]: pair.key })
  return certificates
}

const startManager = async (
  bed: Bed,
  { processes, program }: BedParts,
  { program: name, namespace, serviceAccount }: Provider,
  options: { port: number; healthPort: number; certificates: string; featureGates: string },
): Promise<RunningProgram> =>
  processes.start(name, program(name), [
    `--kubeconfig=${await bed.kubeconfigOf(namespace, serviceAccount)}`,
    '--leader-elect=false',
    `--webhook-port=${options.port}`,
    `--webhook-cert-dir=${options.certificates}`,
    `--health-addr=127.0.0.1:${options.healthPort}`,
    // Off: by default it is open to the outside.
    '--diagnostics-address=0',
    ...(options.featureGates === '' ? [] : [`--feature-gates=${options.featureGates}`]),
  ])

const answersOk = (url: string): Promise<boolean> =>
  new Promise(resolve => {
    get(url, { timeout: 2_000 }, answer => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
      .on('timeout', () => resolve(false))
      .on('error', () => resolve(false))
  })
