import { afterAll, beforeAll, describe, expect } from 'vitest'
import { clusterApiRules, managerName, managerNamespace } from '../../hack/gen/permissions.js'
import type { KubeObject } from '../../api/meta.js'
import type { ResourceType } from '../../src/kube/types.js'
import { row } from '../conformance/row.js'
import { ConformanceSite } from '../conformance/site.js'
import { openRealPlatform, type RealPlatform } from './real.js'

interface ClusterRole extends KubeObject {
  readonly aggregationRule?: object
  readonly rules?: readonly { apiGroups?: string[]; resources?: string[]; verbs?: string[] }[]
}

const clusterRoles: ResourceType = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
}
const core = 'system:serviceaccount:capi-system:capi-manager'
const manager = `system:serviceaccount:${managerNamespace}:${managerName}`

describe('rights', () => {
  let platform: RealPlatform
  beforeAll(async () => {
    platform = await openRealPlatform()
  })
  afterAll(() => platform?.stop())

  const may = async (user: string, verb: string, what: string, namespace = 'default'): Promise<boolean> =>
    (
      await platform.bed.kubectl(['auth', 'can-i', verb, what, '-n', namespace, `--as=${user}`]).then(
        text => text,
        () => 'no',
      )
    ).trim() === 'yes'

  row(4, 'core may do with our kinds what it needs, by the role that is aggregated into its own', async () => {
    for (const { apiGroups, resources, verbs } of clusterApiRules)
      for (const resource of resources)
        for (const verb of verbs) expect(await may(core, verb, `${resource}.${apiGroups[0] ?? ''}`)).toBe(true)
  })

  row(4, 'the aggregated role of core holds our rules, and loses them with our ClusterRole', async () => {
    const roles = platform.client.resource<ClusterRole>(clusterRoles)
    const aggregated = async (): Promise<boolean> =>
      (await roles.list()).some(
        ({ aggregationRule, rules = [] }) =>
          aggregationRule !== undefined && rules.some(({ resources = [] }) => resources.includes('katametalmachines')),
      )
    const until = async (wanted: boolean): Promise<void> => {
      const end = Date.now() + 30_000
      while ((await aggregated()) !== wanted) {
        if (Date.now() > end) throw new Error(`the aggregated role does not ${wanted ? 'hold' : 'lose'} our rules`)
        await new Promise(resolve => setTimeout(resolve, 200))
      }
    }
    await until(true)
    const own = await roles.get(undefined, 'katametal-cluster-api')
    const { uid: _uid, resourceVersion: _version, ...metadata } = own.metadata
    await roles.delete(undefined, 'katametal-cluster-api')
    try {
      await until(false)
    } finally {
      await roles.create({ ...own, metadata })
    }
    await until(true)
  })

  row(
    5,
    'the manager may not write Secrets where it needs not, nor delete anything, nor touch what is not its own',
    async () => {
      for (const [verb, what] of [
        ['create', 'secrets'],
        ['delete', 'secrets'],
        ['update', 'secrets'],
        ['get', 'configmaps'],
        ['create', 'pods'],
        ['delete', 'nodes'],
        ['patch', 'clusters.cluster.x-k8s.io'],
        ['patch', 'machines.cluster.x-k8s.io'],
        ['delete', 'baremetalhosts.metal.akraino.org'],
        ['delete', 'katametalmachines.infrastructure.cluster.x-k8s.io'],
        ['create', 'clusterroles.rbac.authorization.k8s.io'],
        ['impersonate', 'users'],
      ] as const)
        expect(`${verb} ${what}: ${await may(manager, verb, what)}`).toBe(`${verb} ${what}: false`)
      expect(await may(manager, 'create', 'secrets', managerNamespace)).toBe(true)
    },
  )

  row(5, 'with its own token and no other right the manager takes a Machine through its whole life', async () => {
    const site = await ConformanceSite.start(platform, { personas: ['dell'] })
    try {
      const { token } = await platform.managerCredentials()
      const user = await platform.bed.kubectl([
        'auth',
        'whoami',
        '-o',
        'jsonpath={.status.userInfo.username}',
        `--token=${token ?? ''}`,
      ])
      expect(user).toBe(manager)
      const name = `${site.namespace}-rights`
      await site.addCluster('rights')
      await site.addMachine(name, { cluster: 'rights', controlPlane: true })
      await site.untilPhase(name, 'Running')
      await site.machines.delete(site.namespace, name)
      await site.untilGone(site.machines, name)
      await site.untilHosts('Available')
    } finally {
      await site.stop()
    }
  })
})
