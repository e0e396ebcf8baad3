import { infrastructureGroup, infrastructureVersion } from '../../api/infrastructure/group.js'
import { apiVersionOf } from '../../api/kind.js'
import { kudProfile } from '../../api/kud/kud-profile.js'
import type { KubeObject } from '../../api/meta.js'
import { KatametalError } from '../base/errors.js'
import { loadShippedKudProfiles } from '../kud/data.js'
import type { LabImage } from './lab-image-server.js'

const infrastructure = `${infrastructureGroup}/${infrastructureVersion}`
const core = 'cluster.x-k8s.io/v1beta2'

/** What a user would apply: one Cluster, a control-plane Machine and workers, each with its KataMetalMachine. */
export const labCluster = ({
  machines,
  image,
  namespace,
  name = 'edge',
}: {
  readonly machines: number
  readonly image: LabImage
  readonly namespace: string
  readonly name?: string
}): KubeObject[] => [
  object(core, 'Cluster', namespace, name, {
    infrastructureRef: { apiGroup: infrastructureGroup, kind: 'KataMetalCluster', name },
  }),
  object(apiVersionOf(kudProfile), kudProfile.kind, namespace, name, shippedProfile()),
  object(infrastructure, 'KataMetalCluster', namespace, name, {
    controlPlaneEndpoint: { host: '192.0.2.100', port: 6443 },
    kudProfileName: name,
  }),
  ...Array.from({ length: machines }, (_, index) => index).flatMap(index => {
    const machine = index === 0 ? `${name}-control-plane` : `${name}-worker-${index}`
    return [
      object(infrastructure, 'KataMetalMachine', namespace, machine, { image, needs: { kata: true } }),
      object(
        core,
        'Machine',
        namespace,
        machine,
        {
          clusterName: name,
          version: 'v1.35.0',
          bootstrap: {},
          infrastructureRef: { apiGroup: infrastructureGroup, kind: 'KataMetalMachine', name: machine },
        },
        {
          'cluster.x-k8s.io/cluster-name': name,
          ...(index === 0 ? { 'cluster.x-k8s.io/control-plane': '' } : {}),
        },
      ),
    ]
  }),
]

/** The node layer that nodes of the lab are told to have. */
const shippedProfile = (): object => {
  const profile = loadShippedKudProfiles().get('edge')
  if (profile === undefined) throw new KatametalError('KudProfileUnknown', { about: 'edge' })
  return profile.spec
}

const object = (
  apiVersion: string,
  kind: string,
  namespace: string,
  name: string,
  spec: object,
  labels: Record<string, string> = {},
): KubeObject & { spec: object } => ({ apiVersion, kind, metadata: { namespace, name, labels }, spec })
