import { readFile } from 'node:fs/promises'
import { inject } from 'vitest'
import type { KubeObject } from '../../api/meta.js'
import type { ResourceType } from '../../src/kube/types.js'
import { type Bed, type BedAddress, openBed } from '../../src/lab/kubernetes/bed.js'
import { kubeadmNodes } from '../../src/lab/kubernetes/kubeadm-node.js'
import { managerNamespace, managerServiceAccount } from '../../src/lab/provider-manifests.js'
import type { Platform } from '../conformance/platform.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the bed that global-setup.ts started. */
    readonly bed: BedAddress
  }
}

/** As kubectl would find it in discovery; all kinds that suites apply have a plain plural. */
const resourceOf = ({ apiVersion, kind, metadata }: KubeObject): ResourceType => {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  const plural = `${kind.toLowerCase()}s`
  return { group: group ?? '', version: version ?? '', plural, kind, namespaced: metadata.namespace !== undefined }
}

export interface RealPlatform extends Platform {
  readonly bed: Bed
}

/** The bed of this run; it is shared by all suites, each of which keeps to namespaces of its own. */
export const openRealPlatform = async (address: BedAddress = inject('bed')): Promise<RealPlatform> => {
  const bed = await openBed(address)
  return {
    kind: 'real',
    bed,
    client: bed.client,
    credentials: bed.credentials,
    kubeconfig: await readFile(bed.kubeconfigPath, 'utf8'),
    nodeApi: kubeadmNodes(bed.workloads),
    managerCredentials: () => bed.credentialsOf(managerNamespace, managerServiceAccount),
    apply: async (...objects) => {
      for (const object of objects)
        await bed.client.resource(resourceOf(object)).apply(object, { fieldManager: 'conformance', force: true })
    },
    stop: () => bed.stop(),
  }
}
