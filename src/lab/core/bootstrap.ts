import { stringify } from 'yaml'
import { clusterApiGroup, clusterApiVersion, type Machine } from '../../../api/cluster-api.js'
import { clusterNameLabel } from '../../../api/metal/group.js'
import type { Secret } from '../../kube/resource-types.js'

/** How a simulated server joins: what its Node is created with. */
export interface JoinData {
  /** https URL of the API server that holds the Nodes. */
  readonly server: string
  /** PEM. */
  readonly ca: string
  readonly token: string
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64')

/**
 * The bootstrap Secret of a Machine, in the shape that a real bootstrap provider writes (keys `value` and `format`). Its
 * cloud-config joins nothing by itself: the simulated server understands the key `katametal_lab_join`.
 */
export const bootstrapSecret = (machine: Machine, clusterName: string, join: JoinData): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'cluster.x-k8s.io/secret',
  metadata: {
    name: `${machine.metadata.name}-bootstrap`,
    ...(machine.metadata.namespace === undefined ? {} : { namespace: machine.metadata.namespace }),
    labels: { [clusterNameLabel]: clusterName },
    ownerReferences: [
      {
        apiVersion: `${clusterApiGroup}/${clusterApiVersion}`,
        kind: 'Machine',
        name: machine.metadata.name,
        uid: machine.metadata.uid ?? '',
        controller: true,
      },
    ],
  },
  data: { value: base64(userData(machine.metadata.name, join)), format: base64('cloud-config') },
})

const userData = (nodeName: string, { server, ca, token }: JoinData): string =>
  `#cloud-config\n${stringify({ katametal_lab_join: { server, caData: base64(ca), token, nodeName } })}`

/** Secret `<cluster>-kubeconfig`, as a control plane provider writes it. */
export const kubeconfigSecret = (
  cluster: { name: string; namespace: string | undefined },
  kubeconfig: string,
): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'cluster.x-k8s.io/secret',
  metadata: {
    name: `${cluster.name}-kubeconfig`,
    ...(cluster.namespace === undefined ? {} : { namespace: cluster.namespace }),
    labels: { [clusterNameLabel]: cluster.name },
  },
  data: { value: base64(kubeconfig) },
})
