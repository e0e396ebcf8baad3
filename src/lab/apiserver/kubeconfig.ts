import { stringify } from 'yaml'

/** A kubeconfig with one context, for kubectl and for anything that reads kubeconfigs. Contains the token: write it 0600. */
export const kubeconfigOf = (server: string, ca: string, user: string, token: string): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'katametal-lab',
        cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'katametal-lab', context: { cluster: 'katametal-lab', user, namespace: 'default' } }],
    'current-context': 'katametal-lab',
  })
