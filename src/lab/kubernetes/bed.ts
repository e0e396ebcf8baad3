import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { access, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createAuthority, issueCertificate, type KeyPair } from '../../base/certificates.js'
import { systemClock } from '../../base/clock.js'
import { KatametalError } from '../../base/errors.js'
import { type ApiCredentials, directApiAccess } from '../../kube/api-access.js'
import { createKubeClient } from '../../kube/client.js'
import type { KubeClient } from '../../kube/types.js'
import { kubeconfigOf } from '../apiserver/kubeconfig.js'
import { startKubeApiServer } from './api-server.js'
import { startControllerManager } from './controller-manager.js'
import { startEtcd } from './etcd.js'
import { writePrivate } from './files.js'
import { applyAll, type Command, commandAt } from './kubectl.js'
import type { BedParts } from './parts.js'
import { freePorts } from './ports.js'
import { Processes } from './processes.js'
import { startClusterApi } from './provider.js'
import { until } from './until.js'
import { WorkloadServers } from './workload-servers.js'

export interface BedOptions {
  /** Where hack/kubernetes put the programs. */
  readonly programs: string
  /** Everything that the bed writes is below this folder; it is made and removed by the bed. */
  readonly folder: string
  /** Feature gates of the Cluster API managers, as their flag takes them. */
  readonly featureGates?: string
  /** False leaves Cluster API out: etcd, kube-apiserver and kube-controller-manager only. */
  readonly clusterApi?: boolean
}

/** What another process needs to use a bed. Holds a token with all rights. */
export interface BedAddress {
  readonly programs: string
  readonly folder: string
  readonly etcdURL: string
  /** https://127.0.0.1:port */
  readonly server: string
  /** PEM. */
  readonly ca: string
  readonly token: string
}

/**
 * A management cluster without nodes, made of the real programs: etcd, kube-apiserver, kube-controller-manager, Cluster API
 * core and the kubeadm bootstrap and control plane providers. Everything listens on loopback but the webhook servers,
 * whose address upstream gives no flag for.
 */
export interface Bed {
  readonly address: BedAddress
  readonly folder: string
  /** With all rights. */
  readonly client: KubeClient
  readonly credentials: ApiCredentials
  /** Path of a kubeconfig with all rights. */
  readonly kubeconfigPath: string
  readonly kubectl: Command
  /** API servers of workload clusters, on request. */
  readonly workloads: WorkloadServers
  /** Path of a program that hack/kubernetes built. */
  program(name: string): string
  /** What a program of the bed has said so far. */
  log(name: string): Promise<string>
  /** Creates objects or makes them so. */
  apply(...objects: readonly object[]): Promise<void>
  /** What a Pod with this ServiceAccount would use. */
  credentialsOf(namespace: string, serviceAccount: string): Promise<ApiCredentials>
  /** Path of a kubeconfig with those. */
  kubeconfigOf(namespace: string, serviceAccount: string): Promise<string>
  /** Stops everything and removes the folder. Never throws. */
  stop(): Promise<void>
}

/** Starts a bed, which takes about a quarter of a minute. Cleans up after itself when it fails half-way. */
export const startBed = async (options: BedOptions): Promise<Bed> => {
  await checkPrograms(options.programs)
  await mkdir(options.folder, { recursive: true })
  const processes = await Processes.open(options.folder)
  try {
    return await build(options, processes)
  } catch (error) {
    await processes.close()
    await removeFolder(options.folder)
    throw error
  }
}

const checkPrograms = async (folder: string): Promise<void> => {
  for (const name of ['etcd', 'kube-apiserver', 'kubectl', 'repository'])
    await access(join(folder, name)).catch(() => {
      throw new KatametalError('FileInvalid', {
        about: join(folder, name),
        seen: 'there is no such program; `make kubernetes` builds it and prints the folder',
      })
    })
}

const readyMs = 60_000
const tokenDuration = '240h'

const build = async (
  { programs, folder, featureGates = 'ClusterTopology=true', clusterApi = true }: BedOptions,
  processes: Processes,
): Promise<Bed> => {
  const program = (name: string): string => join(programs, name)
  const etcdURL = await startEtcd({ processes, folder, program })
  const parts: BedParts = { processes, folder, program, etcdURL }
  const authority = await createAuthority('katametal bed', Date.now())
  const token = randomBytes(24).toString('base64url')
  const [port = 0] = await freePorts(1)
  await startKubeApiServer(parts, {
    name: 'kube-apiserver',
    port,
    etcdPrefix: '/registry',
    authority,
    serviceAccounts: serviceAccountKeys(),
    adminToken: token,
  })
  const server = `https://127.0.0.1:${port}`
  await writePrivate({ [adminKubeconfig(folder)]: kubeconfigOf(server, authority.cert, 'bed-admin', token) })
  const bed = handleOn({ programs, folder, etcdURL, server, ca: authority.cert, token }, processes, async () => {
    await processes.close()
    await removeFolder(folder)
  })
  await startControllerManager(parts, await controllerManagerKubeconfig(folder, server, authority))
  await until('the ServiceAccount controller', readyMs, [], async () => {
    await bed.kubectl(['-n', 'default', 'get', 'serviceaccount', 'default'])
    return true
  })
  if (clusterApi) await startClusterApi(bed, parts, authority, featureGates)
  return bed
}

/**
 * A handle on a bed that another process started. Its workload API servers are its own and end with it; `stop` leaves the
 * bed itself alone.
 */
export const openBed = async (address: BedAddress): Promise<Bed> => {
  const folder = await mkdtemp(join(address.folder, 'handle-'))
  const processes = await Processes.open(folder)
  return handleOn(address, processes, async () => {
    await processes.close()
    await removeFolder(folder)
  })
}

const adminKubeconfig = (folder: string): string => join(folder, 'admin.kubeconfig')
const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 })

const handleOn = (address: BedAddress, processes: Processes, stop: () => Promise<void>): Bed => {
  const { programs, folder, etcdURL, server, ca, token } = address
  const program = (name: string): string => join(programs, name)
  const kubeconfigPath = adminKubeconfig(folder)
  const kubectl = commandAt(program('kubectl'), [`--kubeconfig=${kubeconfigPath}`], { HOME: folder })
  const credentials: ApiCredentials = { server, ca, token }
  const client = createKubeClient(directApiAccess(credentials), { clock: systemClock })
  const credentialsOf = async (namespace: string, serviceAccount: string): Promise<ApiCredentials> => {
    const made = await kubectl(['-n', namespace, 'create', 'token', serviceAccount, `--duration=${tokenDuration}`])
    return { server, ca, token: made.trim() }
  }
  return {
    address,
    folder,
    client,
    credentials,
    kubeconfigPath,
    kubectl,
    workloads: new WorkloadServers({ processes, folder: processes.folder, program, etcdURL }),
    program,
    log: name => readFile(join(folder, 'log', `${name}.log`), 'utf8'),
    apply: (...objects) => applyAll(kubectl, objects),
    credentialsOf,
    kubeconfigOf: async (namespace, serviceAccount) => {
      const { token: own = '' } = await credentialsOf(namespace, serviceAccount)
      const path = join(folder, `${namespace}-${serviceAccount}.kubeconfig`)
      await writePrivate({ [path]: kubeconfigOf(server, ca, serviceAccount, own) })
      return path
    },
    stop: async () => {
      await client.close().catch(() => undefined)
      await stop().catch(() => undefined)
    },
  }
}

/** kube-apiserver and kubeadm take RSA keys in PEM; the public one stands where a certificate would. */
const serviceAccountKeys = (): KeyPair => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { cert: publicKey, key: privateKey }
}

/** A client certificate, because its name is what RBAC knows kube-controller-manager by. */
const controllerManagerKubeconfig = async (folder: string, server: string, authority: KeyPair): Promise<string> => {
  const path = join(folder, 'kube-controller-manager.kubeconfig')
  const pair = await issueCertificate(
    authority,
    { commonName: 'system:kube-controller-manager', hosts: [] },
    Date.now(),
  )
  await writePrivate({ [path]: kubeconfigOf(server, authority.cert, 'kube-controller-manager', pair) })
  return path
}
