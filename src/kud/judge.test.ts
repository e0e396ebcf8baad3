import { describe, expect, it } from 'vitest'
import { KatametalError } from '../base/errors.js'
import { loadMatrix } from './data.js'
import { judge, objections } from './judge.js'
import { profile } from '../../test/support/kud-profile.js'

const matrix = loadMatrix()
const against = (given: Parameters<typeof profile>[0]) =>
  objections(profile(given), matrix).map(({ field, message, remedy }) => `${field}: ${message}. ${remedy}`)

describe('a KudProfile', () => {
  it('stands on the rows of the matrix for its versions', () => {
    const judged = judge(profile(), matrix)
    expect(judged.pause).toBe('3.10.1')
    expect(judged.containerd.config).toBe(3)
    expect(judged.kata.guestKernel['4.1.0']).toBe('6.18.35')
  })

  it('is refused with a code, the field, what is wrong and what to do', () => {
    const refused = () =>
      judge(profile({ containerd: { version: '1.7.28' }, kubernetes: { version: 'v1.36.3' } }), matrix)
    expect(refused).toThrow(KatametalError)
    expect(refused).toThrow(/containerd\.version/)
    try {
      refused()
    } catch (error) {
      expect(error).toMatchObject({ code: 'KudCombinationRefused', about: 'containerd.version' })
      expect((error as KatametalError).message).toContain('Use 2.2.0 or a later patch, or a minor after 2.2.')
    }
  })

  it.each([
    ['1.36.3', '2.3.0', true],
    ['1.36.3', '2.2.0', true],
    ['1.36.3', '2.1.9', false],
    ['1.35.2', '2.3.4', true],
    ['1.35.2', '2.2.0', true],
    ['1.35.2', '2.1.5', true],
    ['1.35.2', '2.1.4', false],
    ['1.35.2', '2.0.9', false],
    ['1.35.2', '1.7.28', true],
    ['1.35.2', '1.7.27', false],
    ['1.34.0', '2.1.3', true],
    ['1.34.0', '2.0.6', true],
    ['1.34.0', '2.0.5', false],
    ['1.34.0', '2.3.1', true],
    ['1.35.2', '1.6.20', false],
    ['1.35.2', '2.4.0', false],
    ['1.33.1', '2.3.4', false],
    ['1.37.0', '2.3.4', false],
  ])('for Kubernetes %s with containerd %s is accepted: %s (fact 4)', (kubernetes, containerd, accepted) => {
    const found = against({ kubernetes: { version: kubernetes }, containerd: { version: containerd } })
    expect(found.length === 0, found.join('\n')).toBe(accepted)
  })

  it('may not ask for a Kata release that nobody has looked at', () => {
    expect(against({ kata: { version: '2.3.2' } })).toEqual([
      'kata.version: Kata 2.3.2 is not one that katametal knows. Use 4.1, 4.0, 3.32.',
    ])
  })

  it('may raise the overhead of a class but not lower it below what the release needs (fact 15)', () => {
    const withOverhead = (memory: string, version = '4.1.0') =>
      against({
        kata: { version },
        tenants: undefined,
        runtimeClasses: [
          { name: 'kata-qemu-runtime-rs', handler: 'kata-qemu-runtime-rs', overhead: { memory, cpu: '250m' } },
        ],
      })
    expect(withOverhead('160Mi')[0]).toContain('160Mi is less than the 320Mi that kata-qemu-runtime-rs needs')
    expect(withOverhead('0.5Gi')).toEqual([])
    expect(withOverhead('160Mi', '3.32.0')).toEqual([])
  })

  it.each([
    ['knative-operator', 'v1.34.1', []],
    ['kubevirt', 'v1.36.0', []],
    ['emco', 'v1.35.2', ['emco works with Kubernetes 1.21 up to 1.24, not with 1.35']],
    ['virtlet', 'v1.35.2', ['virtlet works with Kubernetes up to 1.14, not with 1.35']],
  ])('with add-on %s on Kubernetes %s meets what its project says (fact 3)', (name, version, expected) => {
    const chart = { repoURL: 'https://charts.example', name, version: '1.0.0' }
    const found = objections(
      profile({ kubernetes: { version }, stages: [{ name: 'one', addOns: [{ name, chart }] }] }),
      matrix,
    )
    expect(found.map(({ message }) => message)).toEqual(expected)
    for (const { field } of found) expect(field).toBe(`stages[one].addOns[${name}]`)
  })

  it('with Knative on a Kubernetes before 1.34 is refused for Knative as well (fact 3)', () => {
    const chart = { repoURL: 'https://charts.example', name: 'knative', version: '1.23.0' }
    const found = against({
      kubernetes: { version: 'v1.33.4' },
      stages: [{ name: 'functions', addOns: [{ name: 'knative-serving', chart }] }],
    })
    expect(found).toContain(
      'stages[functions].addOns[knative-serving]: knative-serving works with Kubernetes 1.34 and later, not with 1.33. Leave it out.',
    )
  })

  it('gives each network plugin a role that it can have', () => {
    const cnis = (...all: [name: string, role: string][]) =>
      against({ cnis: all.map(([name, role]) => ({ name, role, version: '1.0.0' })) })
    expect(cnis(['Flannel', 'Primary'], ['Multus', 'Meta'], ['KubeOVN', 'Secondary'])).toEqual([])
    expect(cnis(['KubeOVN', 'Primary'], ['Flannel', 'Secondary'])).toEqual([
      'cnis[Flannel]: Flannel cannot have role Secondary. Give it Primary.',
    ])
    expect(cnis(['Flannel', 'Primary'], ['Nodus', 'Secondary'])[0]).toContain(
      'Use KubeOVN with role Secondary instead.',
    )
  })

  it('names the Go archive for Go handlers since Kata 4.1, and a version beside each further archive', () => {
    const sha256 = 'a'.repeat(64)
    const runtimeClasses = [{ name: 'kata-qemu', handler: 'kata-qemu' }]
    const given = { tenants: undefined, runtimeClasses }
    expect(against({ ...given, kata: { version: '4.1.0', archive: { sha256 } } })[0]).toContain('kata.goArchive')
    expect(against({ ...given, kata: { version: '4.1.0', archive: { sha256 }, goArchive: { sha256 } } })).toEqual([])
    expect(against({ ...given, kata: { version: '4.0.0', archive: { sha256 } } })).toEqual([])
    expect(against({ containerd: { version: '2.3.4', runcArchive: { sha256 } } })[0]).toContain(
      'containerd.runcVersion',
    )
  })

  it('may not smuggle other text into files by the names of arguments and settings', () => {
    expect(against({ kubernetes: { version: 'v1.35.2', kubeletArguments: { 'a b': '1' } } })).toHaveLength(1)
    expect(against({ hostSetup: { sysctls: { 'x\ny': '1' } } })).toHaveLength(1)
    expect(() => profile({ hostSetup: { kernelArguments: ['a"; reboot'] } })).toThrow()
    expect(() => profile({ kubernetes: { version: 'v1.35.2', kubeletArguments: { v: '$(reboot) "' } } })).toThrow()
  })
})
