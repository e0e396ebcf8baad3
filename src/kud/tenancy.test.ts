import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { isTenantNamespace, tenantAdmission, tenantNamespaceObjects } from './tenancy.js'
import { profile } from '../../test/support/kud-profile.js'

const tenants = (given: object = {}) => profile({ tenants: { runtimeClassName: 'kata-qemu-runtime-rs', ...given } })
const policyOf = (spec: ReturnType<typeof profile>) => {
  if (spec.tenants === undefined) throw new Error('the profile has no tenants')
  return spec.tenants
}
const expressions = (spec: ReturnType<typeof profile>) =>
  JSON.stringify(tenantAdmission(spec).map(object => object['spec']))

describe('the tenant policy', () => {
  it('is as reviewed', async () => {
    const spec = tenants()
    const all = [...tenantAdmission(spec), ...tenantNamespaceObjects(policyOf(spec), 'team-a')]
    await expect(all.map(object => `---\n${stringify(object)}`).join('')).toMatchFileSnapshot('golden/tenancy.yaml')
  })

  it('is nothing for a profile without tenants', () => {
    expect(tenantAdmission(profile({ tenants: undefined }))).toEqual([])
  })

  it('asks for the class, and refuses host namespaces, host paths, privileges and annotations of Kata', () => {
    for (const word of [
      'runtimeClassName',
      'hostNetwork',
      'hostPID',
      'hostIPC',
      'hostPath',
      'privileged',
      'io.katacontainers.',
    ])
      expect(expressions(tenants())).toContain(word)
  })

  it('lets host paths and the named annotations pass where the profile says so', () => {
    expect(expressions(tenants({ allowHostPath: true }))).not.toContain('volume')
    const annotation = 'io.katacontainers.config.hypervisor.default_vcpus'
    const spec = profile({ kata: { version: '4.1.0', annotations: [annotation] } })
    expect(expressions(spec)).toContain(`name in ['${annotation}']`)
  })

  it('can be made to warn or to note instead of to deny', () => {
    for (const enforcement of ['Deny', 'Warn', 'Audit'])
      expect(tenantAdmission(tenants({ enforcement }))[1]?.['spec']).toMatchObject({ validationActions: [enforcement] })
  })

  it('gives a namespace limits for CPU and memory both, since Kata sizes the VM by them (fact 17)', () => {
    const [limits] = tenantNamespaceObjects(policyOf(tenants()), 'team-a')
    expect(limits?.['spec']).toEqual({ limits: [{ type: 'Container', default: { cpu: '1', memory: '512Mi' } }] })
  })

  it('leaves the network open where the profile says so', () => {
    const kinds = (spec: ReturnType<typeof profile>) =>
      tenantNamespaceObjects(policyOf(spec), 'team-a').map(({ kind }) => kind)
    expect(kinds(tenants())).toEqual(['LimitRange', 'ResourceQuota', 'NetworkPolicy', 'NetworkPolicy'])
    expect(kinds(tenants({ networkPolicy: 'None' }))).toEqual(['LimitRange', 'ResourceQuota'])
  })

  it('goes by the label of the namespace, whatever its value', () => {
    const namespace = (labels?: Record<string, string>) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'n', ...(labels === undefined ? {} : { labels }) },
    })
    const policy = policyOf(tenants())
    expect(isTenantNamespace(namespace({ 'katametal.akraino.org/tenant': '' }), policy)).toBe(true)
    expect(isTenantNamespace(namespace({ other: 'x' }), policy)).toBe(false)
    expect(isTenantNamespace(namespace(), policy)).toBe(false)
  })

  it('quotes names so that no name becomes an expression', () => {
    const annotation = "a'] || true || name in ['b"
    expect(expressions(profile({ kata: { version: '4.1.0', annotations: [annotation] } }))).toContain("\\\\'")
  })
})
