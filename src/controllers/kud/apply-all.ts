import type { KubeObject } from '../../../api/meta.js'
import { KatametalError } from '../../base/errors.js'
import { managedByUs } from '../../kud/labels.js'
import type { KubeClient, ResourceType } from '../../kube/types.js'

const managedBy = 'app.kubernetes.io/managed-by'

/** Whose fields they are in server-side apply. */
export const fieldManager = 'katametal-kud'

const type = (group: string, version: string, plural: string, kind: string, namespaced: boolean): ResourceType => ({
  group,
  version,
  plural,
  kind,
  namespaced,
})

/** The kinds that katametal writes into workload clusters. */
const types: readonly ResourceType[] = [
  type('', 'v1', 'namespaces', 'Namespace', false),
  type('', 'v1', 'limitranges', 'LimitRange', true),
  type('', 'v1', 'resourcequotas', 'ResourceQuota', true),
  type('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy', true),
  type('node.k8s.io', 'v1', 'runtimeclasses', 'RuntimeClass', false),
  type('admissionregistration.k8s.io', 'v1', 'validatingadmissionpolicies', 'ValidatingAdmissionPolicy', false),
  type(
    'admissionregistration.k8s.io',
    'v1',
    'validatingadmissionpolicybindings',
    'ValidatingAdmissionPolicyBinding',
    false,
  ),
]

/** The resource that holds an object. */
export const typeOfRendered = ({ apiVersion, kind }: KubeObject): ResourceType => {
  const found = types.find(
    candidate =>
      candidate.kind === kind &&
      apiVersion === (candidate.group === '' ? candidate.version : `${candidate.group}/${candidate.version}`),
  )
  if (found === undefined)
    throw new KatametalError('Internal', { about: `${apiVersion} ${kind}`, seen: 'it is not one that is applied' })
  return found
}

/** Makes all objects as given, in their order; fields that others set stay. */
export const applyAll = async (
  client: KubeClient,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<void> => {
  for (const object of objects)
    await client.resource(typeOfRendered(object)).apply(object, { signal, fieldManager, force: true })
}

/** Removes those of the objects that are ours: what others made under the same name stays. */
export const deleteAll = async (
  client: KubeClient,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<void> => {
  for (const object of objects) {
    const resource = client.resource(typeOfRendered(object))
    const { namespace, name } = object.metadata
    const found = await resource.find(namespace, name, { signal })
    const uid = found?.metadata.uid
    if (uid === undefined || found?.metadata.labels?.[managedBy] !== managedByUs[managedBy]) continue
    await resource.delete(namespace, name, { signal, uid })
  }
}
