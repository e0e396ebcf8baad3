import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../api/meta.js'
import { ReadYourWrites } from './read-your-writes.js'

const at = (resourceVersion: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { namespace: 'default', name: 'one', resourceVersion },
})

describe('reading our own writes', () => {
  it('gives the written object while the informer still shows the one it was based on', () => {
    const writes = new ReadYourWrites<KubeObject>()
    writes.wrote(at('1'), at('2'))
    expect(writes.latest(at('1')).metadata.resourceVersion).toBe('2')
  })

  it('gives the last of several writes while the informer shows any earlier one', () => {
    const writes = new ReadYourWrites<KubeObject>()
    writes.wrote(at('1'), at('2'))
    writes.wrote(at('2'), at('3'))
    expect(writes.latest(at('1')).metadata.resourceVersion).toBe('3')
    expect(writes.latest(at('2')).metadata.resourceVersion).toBe('3')
  })

  it('gives what the informer shows as soon as that is the written object or a later one', () => {
    const writes = new ReadYourWrites<KubeObject>()
    writes.wrote(at('1'), at('2'))
    expect(writes.latest(at('2')).metadata.resourceVersion).toBe('2')
    writes.wrote(at('2'), at('3'))
    expect(writes.latest(at('9')).metadata.resourceVersion).toBe('9')
  })

  it('gives an object that was just created while the informer does not show it', () => {
    const writes = new ReadYourWrites<KubeObject>()
    expect(writes.latestOf('default/one', undefined)).toBeUndefined()
    writes.wrote(undefined, at('1'))
    expect(writes.latestOf('default/one', undefined)?.metadata.resourceVersion).toBe('1')
    writes.wrote(undefined, at('2'))
    expect(writes.latestOf('default/one', at('1'))?.metadata.resourceVersion).toBe('2')
    expect(writes.latestOf('default/one', at('2'))?.metadata.resourceVersion).toBe('2')
  })

  it('does not bring back an object that was deleted after the informer had shown our write', () => {
    const writes = new ReadYourWrites<KubeObject>()
    writes.wrote(undefined, at('1'))
    expect(writes.latestOf('default/one', at('1'))?.metadata.resourceVersion).toBe('1')
    expect(writes.latestOf('default/one', undefined)).toBeUndefined()
    writes.wrote(at('1'), at('2'))
    expect(writes.latestOf('default/one', undefined)).toBeUndefined()
  })

  it('keeps nothing for a write that changed nothing, and forgets on request', () => {
    const writes = new ReadYourWrites<KubeObject>()
    writes.wrote(at('1'), at('1'))
    expect(writes.latest(at('1')).metadata.resourceVersion).toBe('1')
    writes.wrote(at('1'), at('2'))
    writes.forget('default/one')
    expect(writes.latest(at('1')).metadata.resourceVersion).toBe('1')
  })
})
