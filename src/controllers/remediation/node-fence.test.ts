import { describe, expect, it } from 'vitest'
import type { Node } from '../../kube/resource-types.js'
import { fencedTaints, isBack, isFenced, outOfServiceTaint, unfencedTaints } from './node-fence.js'

const other = { key: 'tenant', value: 'a', effect: 'NoSchedule' }
const node = (taints: object[] | undefined, status: object = {}): Node =>
  ({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, spec: { taints }, status }) as Node

describe('the fence around a Node', () => {
  it('is the taint that Kubernetes evicts and detaches for, beside those that are there', () => {
    expect(fencedTaints(node([other]))).toEqual([other, outOfServiceTaint])
    expect(fencedTaints(node([outOfServiceTaint, other]))).toEqual([other, outOfServiceTaint])
    expect(fencedTaints(node(undefined))).toEqual([outOfServiceTaint])
  })

  it('is taken down alone', () => {
    expect(unfencedTaints(node([other, outOfServiceTaint]))).toEqual([other])
  })

  it('is not one that somebody else put up for another reason', () => {
    const foreign = { ...outOfServiceTaint, value: 'maintenance' }
    expect(isFenced(node([foreign]))).toBe(false)
    expect(unfencedTaints(node([foreign]))).toEqual([foreign])
    expect(isFenced(node([outOfServiceTaint]))).toBe(true)
    expect(isFenced(node(undefined))).toBe(false)
  })
})

describe('a fenced Node', () => {
  const since = Date.UTC(2026, 0, 1, 12)
  const at = (minutes: number) => new Date(since + minutes * 60_000).toISOString()
  const status = (ready: object, bootID?: string) => ({
    conditions: [{ type: 'Ready', ...ready }],
    ...(bootID === undefined ? {} : { nodeInfo: { bootID } }),
  })
  const back = (seen: object, fencedBootID?: string) => isBack(node([outOfServiceTaint], seen), fencedBootID, since)

  it('is back when it is Ready with another boot ID', () => {
    expect(back(status({ status: 'True' }, 'b'), 'a')).toBe(true)
    expect(back(status({ status: 'True' }, 'a'), 'a')).toBe(false)
    expect(back(status({ status: 'False' }, 'b'), 'a')).toBe(false)
    expect(back(status({ status: 'Unknown' }, 'b'), 'a')).toBe(false)
  })

  it('is not back by what it said before it was switched off', () => {
    expect(back(status({ status: 'True', lastTransitionTime: at(-60), lastHeartbeatTime: at(-1) }))).toBe(false)
    expect(back(status({ status: 'True', lastTransitionTime: at(-60), lastHeartbeatTime: at(1) }))).toBe(true)
    expect(back(status({ status: 'True', lastTransitionTime: at(1) }))).toBe(true)
  })

  it('is back when all that is known of it is that it is Ready', () => {
    expect(back(status({ status: 'True' }))).toBe(true)
    expect(back({})).toBe(false)
  })
})
