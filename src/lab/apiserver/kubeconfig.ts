import { stringify } from 'yaml'
import type { KeyPair } from '../../base/certificates.js'

/**
 * A kubeconfig with one context, for kubectl and for anything that reads kubeconfigs. Contains the token, or the key of
 * the client certificate: write it 0600.
 */
export const kubeconfigOf = (server: string, ca: string, user: string, credential: string | KeyPair): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'katametal-lab', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: user, user: entriesOf(credential) }],
    contexts: [{ name: 'katametal-lab', context: { cluster: 'katametal-lab', user, namespace: 'default' } }],
    'current-context': 'katametal-lab',
  })

const entriesOf = (credential: string | KeyPair): object =>
  typeof credential === 'string'
    ? { token: credential }
    : { 'client-certificate-data': base64(credential.cert), 'client-key-data': base64(credential.key) }

const base64 = (text: string): string => Buffer.from(text).toString('base64')
