import { request } from 'node:https'
import { join } from 'node:path'
import { issueCertificate, type KeyPair } from '../../base/certificates.js'
import type { RunningProgram } from './processes.js'
import type { BedParts } from './parts.js'
import { until } from './until.js'
import { writePrivate } from './files.js'

export interface ApiServerSpec {
  /** Of the program's log and its files. */
  readonly name: string
  readonly port: number
  /** Servers share one etcd under prefixes of their own. */
  readonly etcdPrefix: string
  /** Signs the serving certificate and is the one that client certificates are checked against. */
  readonly authority: KeyPair
  /** PEM; `cert` may be a certificate or a public key. */
  readonly serviceAccounts: KeyPair
  /** Of a user in system:masters. */
  readonly adminToken: string
}

/** The address of the first Service, and the names that Pods would use. */
const servingHosts = ['127.0.0.1', '10.96.0.1', 'localhost', 'kubernetes.default.svc']

const startMs = 90_000

/** Starts a kube-apiserver and resolves when it is ready. */
export const startKubeApiServer = async (parts: BedParts, spec: ApiServerSpec): Promise<RunningProgram> => {
  const { processes, folder, program, etcdURL } = parts
  const { name, port, authority, serviceAccounts, adminToken } = spec
  const file = (suffix: string): string => join(folder, `${name}-${suffix}`)
  const serving = await issueCertificate(authority, { commonName: 'kube-apiserver', hosts: servingHosts }, Date.now())
  await writePrivate({
    [file('serving.crt')]: serving.cert,
    [file('serving.key')]: serving.key,
    [file('ca.crt')]: authority.cert,
    [file('sa.key')]: serviceAccounts.key,
    [file('sa.pub')]: serviceAccounts.cert,
    [file('tokens.csv')]: `${adminToken},bed-admin,bed-admin,system:masters\n`,
  })
  const running = processes.start(name, program('kube-apiserver'), [
    `--etcd-servers=${etcdURL}`,
    `--etcd-prefix=${spec.etcdPrefix}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    // Without these it looks for the address of a default route, which a machine without a network has not got, and
    // tries to publish a loopback address, which is refused.
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--cert-dir=${folder}`,
    `--tls-cert-file=${file('serving.crt')}`,
    `--tls-private-key-file=${file('serving.key')}`,
    `--client-ca-file=${file('ca.crt')}`,
    `--token-auth-file=${file('tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${file('sa.key')}`,
    `--service-account-key-file=${file('sa.pub')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    // The default allows everything, which would hide every missing rule.
    '--authorization-mode=Node,RBAC',
    // The bootstrap provider's join tokens are real tokens then.
    '--enable-bootstrap-token-auth',
    '--allow-privileged=true',
  ])
  await until(name, startMs, [running], () => isReady(port, authority.cert, adminToken))
  return running
}

const isReady = (port: number, ca: string, token: string): Promise<boolean> =>
  new Promise(resolve => {
    const asked = request(
      { host: '127.0.0.1', port, path: '/readyz', ca, headers: { authorization: `Bearer ${token}` }, timeout: 2_000 },
      answer => {
        answer.resume()
        resolve(answer.statusCode === 200)
      },
    )
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
    asked.end()
  })
