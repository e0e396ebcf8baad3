import type { KudProfileSpec } from '../../api/kud/kud-profile.js'
import { managedByUs } from './labels.js'
import { proofClassName } from './runtime-classes.js'
import type { Rendered } from './tenancy.js'

/** Where the pods that prove Nodes run. */
export const proofNamespace = 'katametal-proof'

/** On each of them: the uid of the Node that it proves. */
export const provesLabel = 'kud.akraino.org/proves'

/** Pods ask for nothing, so the strictest level of Pod Security holds them. */
export const proofNamespaceObject: Rendered = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: proofNamespace,
    labels: { ...managedByUs, 'pod-security.kubernetes.io/enforce': 'restricted' },
  },
}

/** A pod of the proof, and the runtime class of the profile that it stands for; undefined for the one on runc. */
export interface ProofPod {
  readonly className: string | undefined
  readonly name: string
  readonly pod: Rendered
}

interface ProvenNode {
  readonly name: string
  readonly uid: string
}

/** One pod for each runtime class and one on runc, all pinned to the Node; each try has names of its own. */
export const proofPods = (node: ProvenNode, { kata, runtimeClasses }: KudProfileSpec, attempt: number): ProofPod[] =>
  [undefined, ...runtimeClasses.map(({ name }) => name)].map((className, index) => {
    const name = `proof-${node.uid}-${attempt}-${index}`
    return { className, name, pod: proofPod(name, node, className, kata.proofImage) }
  })

/** The kernel that the pod sees, with further evidence, as its termination message: no right to read logs is needed. */
const command =
  'echo "kernel=$(uname -r) boot=$(cat /proc/sys/kernel/random/boot_id) cpus=$(nproc) memory=$(sed -n \'s/^MemTotal: *\\([0-9]*\\).*/\\1/p\' /proc/meminfo)" >/dev/termination-log'

const proofPod = (name: string, node: ProvenNode, className: string | undefined, image: string): Rendered => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: proofNamespace, labels: { ...managedByUs, [provesLabel]: node.uid } },
  spec: {
    // Not scheduled: the start-up taint and the missing label must not matter.
    nodeName: node.name,
    tolerations: [{ operator: 'Exists' }],
    ...(className === undefined ? {} : { runtimeClassName: proofClassName(className) }),
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 1,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65534,
      runAsGroup: 65534,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'kernel',
        image,
        command: ['sh', '-c', command],
        // Kata sizes the VM by the limits of both.
        resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1', memory: '512Mi' } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
})
