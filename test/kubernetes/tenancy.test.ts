import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TenantPolicy } from '../../api/kud/tenant-policy.js'
import { isKatametalError } from '../../src/base/errors.js'
import { applyAll, deleteAll, typeOfRendered } from '../../src/controllers/kud/apply-all.js'
import { loadMatrix } from '../../src/kud/data.js'
import { judge } from '../../src/kud/judge.js'
import { proofNamespaceObject, proofPods } from '../../src/kud/proof-pods.js'
import { proofClasses, runtimeClasses } from '../../src/kud/runtime-classes.js'
import { tenantAdmission, tenantNamespaceObjects } from '../../src/kud/tenancy.js'
import {
  type Namespace,
  namespaces,
  type Pod,
  pods,
  type ServiceAccount,
  serviceAccounts,
} from '../../src/kube/resource-types.js'
import { profile } from '../support/kud-profile.js'
import { openRealPlatform, type RealPlatform } from './real.js'

// Tenancy as a real API server enforces it: admission policies, LimitRange, quota and RuntimeClass admission.
const suffix = randomBytes(3).toString('hex')
const tenant = `tenant-${suffix}`
const trusted = `trusted-${suffix}`
const kata = 'kata-qemu-runtime-rs'
const namespaceLabel = `katametal.akraino.org/tenant-${suffix}`
const spec = profile({
  tenants: { runtimeClassName: kata, namespaceLabel, quota: { cpu: '4', memory: '4Gi', pods: 3 } },
  kata: { version: '4.1.0', annotations: ['io.katacontainers.config.hypervisor.default_vcpus'] },
})
const policy = spec.tenants as TenantPolicy
const row = judge(spec, loadMatrix()).kata
const signal = AbortSignal.timeout(300_000)

let platform: RealPlatform
beforeAll(async () => {
  platform = await openRealPlatform()
  const { client } = platform
  for (const [name, labels] of [
    [tenant, { [namespaceLabel]: '' }],
    [trusted, {}],
  ] as const) {
    await client
      .resource<Namespace>(namespaces)
      .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
    await serviceAccount(name)
  }
  await applyAll(
    client,
    [...runtimeClasses(spec.runtimeClasses, row), ...tenantAdmission(spec), ...tenantNamespaceObjects(policy, tenant)],
    signal,
  )
  // A policy is enforced shortly after it was made.
  await untilRefused()
}, 120_000)

afterAll(async () => {
  await deleteAll(platform.client, tenantAdmission(spec), signal)
  for (const name of [tenant, trusted]) await platform.client.resource<Namespace>(namespaces).delete(undefined, name)
  await platform.stop()
}, 60_000)

/** A pod needs the ServiceAccount that a controller makes in each namespace. */
const serviceAccount = async (namespace: string): Promise<void> => {
  await platform.client
    .resource<ServiceAccount>(serviceAccounts)
    .create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } })
    .catch((error: unknown) => {
      if (!isKatametalError(error, 'KubernetesConflict')) throw error
    })
}

let number = 0
const create = (namespace: string, given: object = {}, metadata: object = {}): Promise<Pod> =>
  platform.client.resource<Pod>(pods).create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `p-${++number}`, namespace, ...metadata },
    spec: { containers: [{ name: 'c', image: 'registry.example/c' }], ...given },
  })

const refusal = async (given: object, metadata: object = {}): Promise<string> => {
  const made = await create(tenant, given, metadata).catch((error: unknown) => error)
  if (made instanceof Error) return made.message
  await platform.client.resource<Pod>(pods).delete(tenant, (made as Pod).metadata.name)
  return 'it was accepted'
}

const untilRefused = async (): Promise<void> => {
  for (let turn = 0; turn < 200; turn++) {
    if (
      (await refusal({})).includes('set runtimeClassName') &&
      (await refusal({ runtimeClassName: kata, hostPID: true })).includes('hostPID')
    )
      return
    await pause(200)
  }
  throw new Error('the policies are not enforced')
}

const container = (securityContext: object) => [{ name: 'c', image: 'registry.example/c', securityContext }]

describe('a pod of a tenant', () => {
  it('in Kata is accepted, with the overhead of its class and limits for CPU and memory (fact 17)', async () => {
    const pod = await create(tenant, { runtimeClassName: kata })
    expect(pod.spec.overhead).toEqual({ cpu: '250m', memory: '320Mi' })
    expect(pod.spec.containers[0]?.['resources']).toMatchObject({ limits: { cpu: '1', memory: '512Mi' } })
    expect(pod.spec['nodeSelector']).toMatchObject({ 'katacontainers.io/kata-runtime': 'true' })
    await platform.client.resource<Pod>(pods).delete(tenant, pod.metadata.name)
  })

  it('with a CPU limit only gets one for memory, so that its VM is not made too small (fact 17)', async () => {
    const containers = [{ name: 'c', image: 'registry.example/c', resources: { limits: { cpu: '500m' } } }]
    const pod = await create(tenant, { runtimeClassName: kata, containers })
    expect(pod.spec.containers[0]?.['resources']).toMatchObject({ limits: { cpu: '500m', memory: '512Mi' } })
    await platform.client.resource<Pod>(pods).delete(tenant, pod.metadata.name)
  })

  const refused: [what: string, given: object, reason: string, metadata?: object][] = [
    ['without a class (fact 36)', {}, `set runtimeClassName to ${kata}`],
    ['of another class', { runtimeClassName: 'kata-clh-runtime-rs' }, `set runtimeClassName to ${kata}`],
    ['with hostNetwork', { runtimeClassName: kata, hostNetwork: true }, 'are not for tenants'],
    ['with hostPID', { runtimeClassName: kata, hostPID: true }, 'are not for tenants'],
    ['with hostIPC', { runtimeClassName: kata, hostIPC: true }, 'are not for tenants'],
    [
      'with a hostPath',
      { runtimeClassName: kata, volumes: [{ name: 'v', hostPath: { path: '/' } }] },
      'hostPath are not for tenants',
    ],
    [
      'with a privileged container',
      { runtimeClassName: kata, containers: container({ privileged: true }) },
      'privileged containers',
    ],
    [
      'with a privileged init container',
      { runtimeClassName: kata, initContainers: [{ ...container({ privileged: true })[0], name: 'i' }] },
      'privileged containers',
    ],
    [
      'with an annotation that changes the VM',
      { runtimeClassName: kata },
      'annotations below io.katacontainers.',
      { annotations: { 'io.katacontainers.config.hypervisor.kernel_params': 'debug' } },
    ],
  ]
  it.each(refused)('%s is refused, with what to do', async (_what, given, reason, metadata) => {
    expect(await refusal(given, metadata)).toContain(reason)
  })

  it('may have the annotations that the profile lists, and others of its own', async () => {
    const annotations = { 'io.katacontainers.config.hypervisor.default_vcpus': '2', 'example.com/x': 'y' }
    expect(await refusal({ runtimeClassName: kata, volumes: [{ name: 'v', emptyDir: {} }] }, { annotations })).toBe(
      'it was accepted',
    )
  })

  it('beyond the quota of its namespace is refused', async () => {
    const limits = { resources: { limits: { cpu: '100m', memory: '64Mi' } } }
    const containers = [{ name: 'c', image: 'registry.example/c', ...limits }]
    // No quota controller runs here, so its part is played: it counts what there is and says what is enforced.
    const type = typeOfRendered({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: '' } })
    await platform.client.resource(type).mergePatchStatus(tenant, 'katametal-tenant', {
      status: {
        hard: { 'limits.cpu': '4', 'limits.memory': '4Gi', pods: '3' },
        used: { 'limits.cpu': '0', 'limits.memory': '0', pods: '0' },
      },
    })
    const answers: string[] = []
    for (let turn = 0; turn < 20 && !/quota/.test(answers.at(-1) ?? ''); turn++)
      answers.push(
        await create(tenant, { runtimeClassName: kata, containers }).then(
          () => 'made',
          (error: unknown) => String(error),
        ),
      )
    // Admission sees the counted quota a moment after it was written.
    expect(answers.at(-1)).toMatch(/exceeded quota: katametal-tenant/)
  }, 60_000)
})

describe('a pod of a trusted namespace', () => {
  it('stays on runc and may do what it always could', async () => {
    const pod = await create(trusted, {
      hostNetwork: true,
      containers: container({ privileged: true }),
      volumes: [{ name: 'v', hostPath: { path: '/' } }],
    })
    expect(pod.spec.runtimeClassName).toBeUndefined()
    expect(pod.spec.overhead).toBeUndefined()
  })
})

describe('what katametal puts into a workload cluster', () => {
  it('is accepted as it is, again and again', async () => {
    const all = [
      ...runtimeClasses(spec.runtimeClasses, row),
      ...tenantAdmission(spec),
      ...tenantNamespaceObjects(policy, tenant),
    ]
    await applyAll(platform.client, all, signal)
    for (const object of all) {
      const { namespace, name } = object.metadata
      const first = await platform.client.resource(typeOfRendered(object)).get(namespace, name)
      await applyAll(platform.client, [object], signal)
      const second = await platform.client.resource(typeOfRendered(object)).get(namespace, name)
      expect(second.metadata.resourceVersion, `${object.kind} ${name}`).toBe(first.metadata.resourceVersion)
    }
  })

  it('has policies whose expressions the API server finds no fault with', async () => {
    for (const object of tenantAdmission(spec).filter(({ kind }) => kind === 'ValidatingAdmissionPolicy')) {
      const seen = await platform.client.resource(typeOfRendered(object)).get(undefined, object.metadata.name)
      expect(
        (seen as { status?: { typeChecking?: { expressionWarnings?: unknown } } }).status?.typeChecking
          ?.expressionWarnings ?? [],
      ).toEqual([])
    }
  })

  it('has pods for the proof that Pod Security lets pass, with the overhead of their class', async () => {
    const { client } = platform
    await applyAll(client, [proofNamespaceObject, ...proofClasses(spec.runtimeClasses, row)], signal)
    await serviceAccount('katametal-proof')
    for (const { className, pod } of proofPods({ name: `none-${suffix}`, uid: suffix }, spec, 1)) {
      const made = await client.resource<Pod>(pods).create(pod as unknown as Pod)
      expect(made.spec.overhead, className).toEqual(
        className === undefined ? undefined : { cpu: '250m', memory: className === kata ? '320Mi' : '130Mi' },
      )
      expect(made.spec['nodeSelector']).toBeUndefined()
      await client.resource<Pod>(pods).delete('katametal-proof', made.metadata.name)
    }
  })
})
