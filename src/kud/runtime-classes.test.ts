import { describe, expect, it } from 'vitest'
import { kataHandlers } from '../../api/kud/node-layer.js'
import { loadMatrix, loadShippedKudProfiles } from './data.js'
import { judge } from './judge.js'
import { proofClasses, runtimeClasses } from './runtime-classes.js'
import { profile } from '../../test/support/kud-profile.js'

const matrix = loadMatrix()
const classesFor = (version: string) => {
  const spec = profile({
    kata: { version },
    tenants: undefined,
    runtimeClasses: kataHandlers.map(handler => ({ name: handler, handler })),
  })
  return runtimeClasses(spec.runtimeClasses, judge(spec, matrix).kata)
}
const podFixed = (version: string) =>
  Object.fromEntries(classesFor(version).map(({ handler, overhead }) => [handler, overhead.podFixed]))

describe('RuntimeClasses', () => {
  it('are of node.k8s.io/v1 and select proven Nodes by a text (facts 14 and 16)', () => {
    for (const object of classesFor('4.1.0')) {
      expect(object).toMatchObject({ apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass' })
      expect(object.scheduling?.nodeSelector).toEqual({ 'katacontainers.io/kata-runtime': 'true' })
    }
  })

  it.each([...loadShippedKudProfiles().values()])(
    'of the shipped profile $name are called as their handlers (fact 14)',
    ({ spec }) => {
      for (const { metadata, handler } of runtimeClasses(spec.runtimeClasses, judge(spec, matrix).kata)) {
        expect(metadata.name).toBe(handler)
        expect(handler).toMatch(/^kata-/)
      }
    },
  )

  it.each(['4.0.0', '4.1.0'])('carry the overhead of Kata %s (fact 15)', version => {
    const large = { memory: '320Mi', cpu: '250m' }
    const small = { memory: '130Mi', cpu: '250m' }
    expect(podFixed(version)).toEqual({
      'kata-qemu': large,
      'kata-qemu-runtime-rs': large,
      'kata-clh': small,
      'kata-clh-runtime-rs': small,
      'kata-dragonball': small,
    })
  })

  it('carry the smaller overhead of QEMU up to Kata 3.32 (fact 15)', () => {
    expect(podFixed('3.32.0')['kata-qemu']).toEqual({ memory: '160Mi', cpu: '250m' })
  })

  it('for the proof cost the same but select no label, which a Node gets only by the proof', () => {
    const spec = profile()
    const { kata } = judge(spec, matrix)
    const [proof] = proofClasses(spec.runtimeClasses, kata)
    const [real] = runtimeClasses(spec.runtimeClasses, kata)
    expect(proof?.metadata.name).toBe('kata-qemu-runtime-rs-proof')
    expect(proof?.scheduling).toBeUndefined()
    expect(proof?.handler).toBe(real?.handler)
    expect(proof?.overhead).toEqual(real?.overhead)
  })
})
