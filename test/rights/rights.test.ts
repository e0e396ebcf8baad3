import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { managerRules, ownNamespaceRules } from '../../hack/gen/permissions.js'
import { kataMetalMachineTemplate } from '../../api/infrastructure/kata-metal-machine-template.js'
import { kataMetalRemediation } from '../../api/infrastructure/kata-metal-remediation.js'
import type { KubeObject } from '../../api/meta.js'
import { systemClock } from '../../src/base/clock.js'
import { silentLogger } from '../../src/base/log.js'
import { directApiAccess } from '../../src/kube/api-access.js'
import { createKubeClient } from '../../src/kube/client.js'
import { createEventRecorder } from '../../src/kube/events.js'
import { createLeaderElector } from '../../src/kube/lease.js'
import { clusters, ipAddressClaims, ipAddresses, typeOf } from '../../src/kube/resource-types.js'
import type { KubeClient } from '../../src/kube/types.js'
import { labNamespace, managerUser } from '../../src/lab/lab.js'
import { managerNamespace } from '../../src/lab/provider-manifests.js'
import { ipamCrds } from '../support/ipam-crds.js'
import { type Site, startSite } from '../support/site.js'

/** `<verb> <group>/<resource>[/<subresource>]`, and whether the right is held in the manager's namespace only. */
type Right = `${'everywhere' | 'own'} ${string}`
const machineName = 'edge-control-plane'

const granted = (): Right[] => [
  ...managerRules.flatMap(rule => rightsOf('everywhere', rule)),
  ...ownNamespaceRules.flatMap(rule => rightsOf('own', rule)),
]
const rightsOf = (where: 'everywhere' | 'own', rule: (typeof managerRules)[number]): Right[] =>
  rule.apiGroups.flatMap(group =>
    rule.resources.flatMap(resource => rule.verbs.map((verb): Right => `${where} ${verb} ${group}/${resource}`)),
  )

/**
 * Not asked for by a request but by the admission plugin OwnerReferencesPermissionEnforcement, which the embedded server does
 * not have: objects that the manager makes block the deletion of their owner.
 */
const forAdmission: readonly Right[] = [
  'everywhere update infrastructure.cluster.x-k8s.io/katametalmachines/finalizers',
  'everywhere update metal.akraino.org/baremetalhosts/finalizers',
]

describe('The rights of the manager', { timeout: 180_000 }, () => {
  let site: Site
  let admin: KubeClient
  const used = new Set<Right>()

  beforeAll(async () => {
    site = await startSite({
      machines: 1,
      manager: false,
      adapt: manifest => (manifest.kind === 'KataMetalMachine' ? withPool(manifest) : manifest),
    })
    admin = site.lab.client
    for (const crd of ipamCrds) site.api.applyManifest(crd)
    site.api.onAccess((user, { verb, group, resource, subresource, namespace }) => {
      if (user.name !== managerUser.name || resource === undefined) return
      const what = `${verb} ${group ?? ''}/${resource}${subresource === undefined ? '' : `/${subresource}`}`
      used.add(`everywhere ${what}`)
      if (namespace === managerNamespace) used.add(`own ${what}`)
    })
    await site.startManager()
  }, 60_000)
  afterAll(() => site.stop())

  const asManager = () =>
    createKubeClient(
      directApiAccess({ server: site.api.url, ca: site.api.ca, token: site.api.addToken(managerUser) }),
      { clock: systemClock },
    )

  it('are enough for a whole life: address, claim, installation, Node, remediation and return', async () => {
    const claims = admin.resource(ipAddressClaims)
    await admin.resource(typeOf(kataMetalMachineTemplate)).create({
      apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
      kind: 'KataMetalMachineTemplate',
      metadata: { name: 'workers', namespace: labNamespace },
      spec: { template: { spec: { needs: { cores: 1 } } } },
    } as KubeObject)
    // Made without an owner, as a restore would leave it: the manager makes it its own again.
    await claims.create({
      apiVersion: 'ipam.cluster.x-k8s.io/v1beta2',
      kind: 'IPAddressClaim',
      metadata: { name: `${machineName}-main`, namespace: labNamespace },
      spec: { poolRef },
    } as KubeObject)
    await site.until('the claim for the second address', async () => claims.find(labNamespace, `${machineName}-more`))
    await answer(site, 'main', '192.0.2.7')
    await answer(site, 'more', '192.0.2.8')

    await site.untilPhase(machineName, 'Running', 60_000)
    const [name = ''] = site.names
    await site.untilState(name, 'InService')
    await remediate(site)
    await site.machines.delete(labNamespace, machineName)
    await site.until('the Machine to be gone', async () => (await site.machines.list()).length === 0, 60_000)
    await site.untilState(name, 'Available', 60_000)
    // Looks at the server once more, and at its BIOS under another profile.
    const annotations = { 'metal.akraino.org/inspect': '' }
    await site.hosts.mergePatch(labNamespace, name, { metadata: { annotations } })
    await site.untilHost(
      name,
      'the inspection to be done',
      ({ metadata }) => metadata.annotations?.['metal.akraino.org/inspect'] === undefined,
    )
    await site.untilState(name, 'Available', 60_000)
    await site.hosts.mergePatch(labNamespace, name, { spec: { firmwareProfileName: null } })
    await site.untilHost(name, 'no profile', ({ status }) => status?.firmwareDigest === 'none', 60_000)
    const clusterClient = admin.resource(clusters)
    for (const { metadata } of await clusterClient.list()) await clusterClient.delete(metadata.namespace, metadata.name)
    await site.until('the Cluster to be gone', async () => (await clusterClient.list()).length === 0)
  })

  it('are enough to lead, and to tell of what happens again', async () => {
    const client = asManager()
    const stop = new AbortController()
    const elector = createLeaderElector({
      client,
      namespace: managerNamespace,
      name: 'rights',
      identity: 'test',
      retryMs: 20,
      clock: systemClock,
      log: silentLogger,
    })
    await elector.run(stop.signal, async () => {
      await new Promise(resolve => setTimeout(resolve, 200))
    })
    const [host] = await site.hosts.list({ namespace: labNamespace })
    const events = createEventRecorder(client, {
      component: 'katametal',
      instance: 'test',
      clock: systemClock,
      log: silentLogger,
    })
    for (const turn of [1, 2]) {
      events.warning(host!, 'Repeated', 'The same again.')
      await events.flush(AbortSignal.timeout(5_000 * turn))
    }
    await client.close()
  })

  it('are not one verb more than what these lives needed', () => {
    const idle = granted().filter(right => !used.has(right) && !forAdmission.includes(right))
    expect(idle).toEqual([])
  })

  it('are refused one by one when they are taken away', async () => {
    const client = asManager()
    const reviews = client.resource<KubeObject & { status?: { allowed: boolean } }>({
      group: 'authorization.k8s.io',
      version: 'v1',
      plural: 'selfsubjectaccessreviews',
      kind: 'SelfSubjectAccessReview',
      namespaced: false,
    })
    const allowed = async (right: Right): Promise<boolean> => {
      const [where, verb = '', what = ''] = right.split(' ')
      const [group, plural, subresource] = what.split('/')
      const namespace = where === 'own' ? managerNamespace : labNamespace
      const answered = await reviews.create({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        metadata: { name: '' },
        spec: { resourceAttributes: { verb, group, resource: plural, subresource, namespace } },
      } as KubeObject)
      return answered.status?.allowed === true
    }
    for (const right of granted()) {
      expect(await allowed(right)).toBe(true)
      applyRoles(site, right)
      expect([right, await allowed(right)]).toEqual([right, false])
    }
    applyRoles(site)
    await client.close()
  })
})

const poolRef = { apiGroup: 'ipam.cluster.x-k8s.io', kind: 'InClusterIPPool', name: 'rack1' }

const withPool = (manifest: KubeObject): object => {
  const { spec } = manifest as KubeObject & { spec: object }
  return { ...manifest, spec: { ...spec, addressesFromPools: ['main', 'more'].map(name => ({ name, poolRef })) } }
}

/** What an IPAM provider does. */
const answer = async (site: Site, name: string, address: string): Promise<void> => {
  await site.lab.client.resource(ipAddresses).create({
    apiVersion: 'ipam.cluster.x-k8s.io/v1beta2',
    kind: 'IPAddress',
    metadata: { name: `rack1-${name}`, namespace: labNamespace },
    spec: { address, prefix: 24 },
  } as KubeObject)
  await site.lab.client
    .resource(ipAddressClaims)
    .mergePatchStatus(labNamespace, `${machineName}-${name}`, { status: { addressRef: { name: `rack1-${name}` } } })
}

/** A remediation that gives up at once, so that the manager writes to the Machine. */
const remediate = async (site: Site): Promise<void> => {
  const { uid = '' } = (await site.machines.get(labNamespace, machineName)).metadata
  await site.lab.client.resource(typeOf(kataMetalRemediation)).create({
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
    kind: 'KataMetalRemediation',
    metadata: {
      name: machineName,
      namespace: labNamespace,
      annotations: { 'infrastructure.cluster.x-k8s.io/remediation-tries': '3' },
      ownerReferences: [{ apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'Machine', name: machineName, uid }],
    },
    spec: { strategy: { type: 'Reboot', retryLimit: 0, timeoutSeconds: 60 } },
  } as KubeObject)
  const conditions = async () => (await site.machines.get(labNamespace, machineName)).status?.conditions ?? []
  const others = (await conditions()).filter(({ type }) => type !== 'HealthCheckSucceeded')
  const time = new Date().toISOString()
  const say = (status: 'True' | 'False') => ({
    type: 'HealthCheckSucceeded',
    status,
    reason: 'Test',
    message: 'x',
    lastTransitionTime: time,
  })
  await site.machines.mergePatchStatus(labNamespace, machineName, {
    status: { conditions: [...others, say('True')] },
  })
  const client = site.lab.client.resource<KubeObject & { status?: { phase?: string } }>(typeOf(kataMetalRemediation))
  await site.until(
    'the remediation to succeed',
    async () => (await client.get(labNamespace, machineName)).status?.phase === 'Succeeded',
  )
  await site.machines.mergePatchStatus(labNamespace, machineName, {
    status: { conditions: [...others, say('False')] },
  })
  await site.until('the owner to be asked', async () =>
    (await conditions()).some(({ type, status }) => type === 'OwnerRemediated' && status === 'False'),
  )
}

/** The roles of config/rbac, without one right when one is given. */
const applyRoles = (site: Site, without?: Right): void => {
  const kinds = { everywhere: ['ClusterRole', 'manager-role'], own: ['Role', 'own-namespace-role'] } as const
  for (const [where, rules] of [
    ['everywhere', managerRules],
    ['own', ownNamespaceRules],
  ] as const) {
    const [kind] = kinds[where]
    const left = rules.flatMap(rule =>
      rightsOf(where, rule).flatMap(right => {
        if (right === without) return []
        const [, verb = '', what = ''] = right.split(' ')
        const slash = what.indexOf('/')
        return [{ apiGroups: [what.slice(0, slash)], resources: [what.slice(slash + 1)], verbs: [verb] }]
      }),
    )
    site.api.applyManifest({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind,
      metadata: { name: 'katametal-manager', ...(where === 'own' ? { namespace: managerNamespace } : {}) },
      rules: left,
    })
  }
}
