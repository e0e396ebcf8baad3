import { join } from 'node:path'
import { freePorts } from './ports.js'
import type { BedParts } from './parts.js'

/** What a management cluster's objects need. Others act on Nodes and Pods: node-lifecycle taints every simulated Node. */
const controllers = [
  'garbage-collector-controller',
  'namespace-controller',
  'clusterrole-aggregation-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
  'validatingadmissionpolicy-status-controller',
]

/** Starts kube-controller-manager for the API server of the kubeconfig. */
export const startControllerManager = async (
  { processes, folder, program }: BedParts,
  kubeconfig: string,
): Promise<void> => {
  const [port = 0] = await freePorts(1)
  processes.start('kube-controller-manager', program('kube-controller-manager'), [
    `--kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    // It would look, for ever and loudly, for the CA of API aggregation, which is not set up.
    '--authentication-skip-lookup',
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${folder}`,
    '--leader-elect=false',
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${join(folder, 'kube-apiserver-sa.key')}`,
    `--root-ca-file=${join(folder, 'kube-apiserver-ca.crt')}`,
    `--controllers=${controllers.join(',')}`,
  ])
}
