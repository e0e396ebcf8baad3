import { systemClock } from '../../src/base/clock.js'
import { silentLogger } from '../../src/base/log.js'
import { directApiAccess } from '../../src/kube/api-access.js'
import { createKubeClient } from '../../src/kube/client.js'
import { startApiServer } from '../../src/lab/apiserver/api-server.js'
import { startCoreStandIn } from '../../src/lab/core/core-stand-in.js'
import { clusterApiCrds } from '../../src/lab/core/crds.js'
import { managerUser } from '../../src/lab/lab.js'
import { providerManifests } from '../../src/lab/provider-manifests.js'
import { joinNode } from '../../src/lab/server/join.js'
import type { Platform } from './platform.js'

const admin = { name: 'conformance', groups: ['system:masters'] }

/** The embedded API server and the core stand-in of the lab. */
export const startEmbeddedPlatform = async (): Promise<Platform> => {
  const api = await startApiServer({ clock: systemClock, rbac: true })
  for (const manifest of [...(await providerManifests()), ...clusterApiCrds]) api.applyManifest(manifest)
  const credentials = { server: api.url, ca: api.ca, token: api.addToken(admin) }
  const client = createKubeClient(directApiAccess(credentials), { clock: systemClock })
  const kubeconfig = api.kubeconfig(admin)
  const core = await startCoreStandIn({ client, join: credentials, kubeconfig, clock: systemClock, log: silentLogger })
  return {
    kind: 'embedded',
    client,
    credentials,
    kubeconfig,
    nodeApi: joinNode,
    managerCredentials: async () => ({ server: api.url, ca: api.ca, token: api.addToken(managerUser) }),
    apply: async (...objects) => {
      for (const object of objects) api.applyManifest(object)
    },
    stop: async () => {
      await core.stop()
      await client.close()
      await api.stop()
    },
  }
}
