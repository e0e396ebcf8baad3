import { parse, parseAllDocuments, stringify } from 'yaml'
import { z } from 'zod'
import type { KeyPair } from '../../base/certificates.js'
import { KatametalError } from '../../base/errors.js'
import type { Taint } from './disk.js'

/** What the bootstrap data of the kubeadm bootstrap provider makes kubeadm do, as far as a simulated server does it. */
export interface KubeadmRun {
  readonly command: 'init' | 'join'
  readonly controlPlane: boolean
  readonly nodeName: string
  /** Of the API server, host:port. */
  readonly endpoint: string
  /** Argument `provider-id` of the kubelet. */
  readonly providerID?: string
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  /** The cluster CA and the keys of service accounts; control plane Nodes get them with their bootstrap data. */
  readonly identity?: { readonly authority: KeyPair; readonly serviceAccounts: KeyPair }
  /** YAML; what `kubeadm init` leaves behind in ConfigMap kubeadm-config. */
  readonly clusterConfiguration?: string
  readonly kubernetesVersion?: string
  /** What a Node that joins trusts and shows: bootstrap token and digests of the CA's public key. */
  readonly discovery?: { readonly token: string; readonly caCertHashes: readonly string[] }
  /** See JoinRequest. */
  readonly handlers?: readonly string[]
}

const cloudConfigSchema = z.looseObject({
  write_files: z.array(z.looseObject({ path: z.string(), content: z.string().default('') })).default([]),
})

const nodeRegistrationSchema = z.looseObject({
  name: z.string().optional(),
  kubeletExtraArgs: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  taints: z
    .array(
      z
        .object({ key: z.string(), value: z.string().nullish(), effect: z.string() })
        .transform(({ key, value, effect }): Taint => ({ key, effect, ...(value ? { value } : {}) })),
    )
    .nullish(),
})

const documentSchema = z.looseObject({
  kind: z.string(),
  controlPlaneEndpoint: z.string().optional(),
  kubernetesVersion: z.string().optional(),
  nodeRegistration: nodeRegistrationSchema.optional(),
  controlPlane: z.looseObject({}).nullish(),
  discovery: z
    .looseObject({
      bootstrapToken: z
        .looseObject({
          apiServerEndpoint: z.string(),
          token: z.string(),
          caCertHashes: z.array(z.string()).default([]),
        })
        .optional(),
    })
    .optional(),
})

type Document = z.output<typeof documentSchema>

const controlPlaneRole = 'node-role.kubernetes.io/control-plane'

/**
 * What kubeadm would be run for; undefined when the user data is not a cloud-config with a kubeadm configuration. `meta` is
 * the meta-data of the config drive, which cloud-init offers to the user data's template. Throws BootstrapFailed when
 * the configuration cannot be used.
 */
export const readKubeadmRun = (userData: string, meta: Readonly<Record<string, unknown>>): KubeadmRun | undefined => {
  if (!/^(## template: jinja\n)?#cloud-config\n/.test(userData)) return undefined
  const text = userData.startsWith('## template: jinja\n') ? renderTemplate(userData, meta) : userData
  const files = new Map(
    cloudConfigSchema.parse(parse(text) ?? {}).write_files.map(({ path, content }) => [path, content]),
  )
  const configuration = [...files].find(([path]) => /^\/run\/kubeadm\/kubeadm[^/]*\.yaml$/.test(path))?.[1]
  if (configuration === undefined) return undefined
  const documents = parseAllDocuments(configuration).flatMap(document => {
    const value: unknown = document.toJS()
    return value === null ? [] : [documentSchema.parse(value)]
  })
  const join = documents.find(({ kind }) => kind === 'JoinConfiguration')
  return join === undefined ? initRun(documents, files, meta) : joinRun(join, files, meta)
}

const initRun = (
  documents: readonly Document[],
  files: ReadonlyMap<string, string>,
  meta: Readonly<Record<string, unknown>>,
): KubeadmRun => {
  const init = documents.find(({ kind }) => kind === 'InitConfiguration')
  const cluster = documents.find(({ kind }) => kind === 'ClusterConfiguration')
  const identity = identityIn(files)
  if (cluster?.controlPlaneEndpoint === undefined || identity === undefined)
    throw new KatametalError('BootstrapFailed', {
      about: 'kubeadm init',
      seen: 'the configuration lacks controlPlaneEndpoint or the cluster CA',
    })
  return {
    command: 'init',
    endpoint: cluster.controlPlaneEndpoint,
    identity,
    clusterConfiguration: stringify(cluster),
    ...(cluster.kubernetesVersion === undefined ? {} : { kubernetesVersion: cluster.kubernetesVersion }),
    ...nodePart(init, true, meta),
  }
}

const joinRun = (
  join: Document,
  files: ReadonlyMap<string, string>,
  meta: Readonly<Record<string, unknown>>,
): KubeadmRun => {
  const discovery = join.discovery?.bootstrapToken
  if (discovery === undefined)
    throw new KatametalError('BootstrapFailed', { about: 'kubeadm join', seen: 'no bootstrap token is given' })
  const identity = identityIn(files)
  return {
    command: 'join',
    endpoint: discovery.apiServerEndpoint,
    discovery: { token: discovery.token, caCertHashes: discovery.caCertHashes },
    ...(identity === undefined ? {} : { identity }),
    ...nodePart(join, join.controlPlane !== undefined && join.controlPlane !== null, meta),
  }
}

/** kubeadm gives control plane Nodes their label, and their taint unless the configuration says otherwise. */
const nodePart = (
  document: Document | undefined,
  controlPlane: boolean,
  meta: Readonly<Record<string, unknown>>,
): Pick<KubeadmRun, 'controlPlane' | 'nodeName' | 'providerID' | 'labels' | 'taints'> => {
  const { name, kubeletExtraArgs = [], taints } = document?.nodeRegistration ?? {}
  const argument = (wanted: string) => kubeletExtraArgs.find(({ name: given }) => given === wanted)?.value
  const providerID = argument('provider-id')
  return {
    controlPlane,
    nodeName: name ?? wordOf(meta['local-hostname']) ?? 'localhost',
    ...(providerID === undefined ? {} : { providerID }),
    labels: { ...labelsIn(argument('node-labels')), ...(controlPlane ? { [controlPlaneRole]: '' } : {}) },
    taints: taints ?? (controlPlane ? [{ key: controlPlaneRole, effect: 'NoSchedule' }] : []),
  }
}

const labelsIn = (argument = ''): Record<string, string> =>
  Object.fromEntries(
    argument
      .split(',')
      .filter(label => label !== '')
      .map(label => [label.split('=')[0] ?? '', label.split('=')[1] ?? '']),
  )

const identityIn = (files: ReadonlyMap<string, string>): KubeadmRun['identity'] => {
  const file = (name: string) => files.get(`/etc/kubernetes/pki/${name}`)
  const [cert, key, publicKey, privateKey] = [file('ca.crt'), file('ca.key'), file('sa.pub'), file('sa.key')]
  return cert === undefined || key === undefined || publicKey === undefined || privateKey === undefined
    ? undefined
    : { authority: { cert, key }, serviceAccounts: { cert: publicKey, key: privateKey } }
}

/** cloud-init offers meta-data as `ds.meta_data.<key>`, with `_` for `-`. Anything else in the template stays as it is. */
const renderTemplate = (text: string, meta: Readonly<Record<string, unknown>>): string => {
  const values = new Map(Object.entries(meta).map(([key, value]) => [key.replaceAll('-', '_'), wordOf(value)]))
  return text.replace(/\{\{\s*ds\.meta_data\.(\w+)\s*\}\}/g, (whole, key: string) => values.get(key) ?? whole)
}

const wordOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
