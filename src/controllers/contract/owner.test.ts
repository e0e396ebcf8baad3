import { describe, expect, it } from 'vitest'
import { clusterObject, kataMetalClusterObject, ownerReference } from '../../../test/support/cluster-api-objects.js'
import { ownerOfKind } from './owner.js'
import { isPaused, pausedCondition } from './paused.js'

describe('the owner by contract', () => {
  const owned = (...ownerReferences: ReturnType<typeof ownerReference>[]) =>
    kataMetalClusterObject({ metadata: { ownerReferences } })

  it.each([true, false])('is found whether or not it is the controller (%s)', controller => {
    expect(ownerOfKind(owned(ownerReference('Cluster', 'blue', controller)), 'Cluster')?.name).toBe('blue')
  })

  it('is found among others and in whatever version of its group', () => {
    const set = { ...ownerReference('Cluster', 'green'), apiVersion: 'example.com/v1' }
    const blue = { ...ownerReference('Cluster', 'blue'), apiVersion: 'cluster.x-k8s.io/v1beta1' }
    expect(ownerOfKind(owned(set, blue), 'Cluster')?.name).toBe('blue')
    expect(ownerOfKind(owned(set), 'Cluster')).toBeUndefined()
    expect(ownerOfKind(owned(blue), 'Machine')).toBeUndefined()
    expect(ownerOfKind(owned(), 'Cluster')).toBeUndefined()
  })
})

describe('pausing', () => {
  const annotated = kataMetalClusterObject({ metadata: { annotations: { 'cluster.x-k8s.io/paused': '' } } })

  it('is asked for by the Cluster or by the annotation, whatever its value', () => {
    expect(isPaused(kataMetalClusterObject(), clusterObject())).toBe(false)
    expect(isPaused(kataMetalClusterObject(), undefined)).toBe(false)
    expect(isPaused(kataMetalClusterObject(), clusterObject({ spec: { paused: true } }))).toBe(true)
    expect(isPaused(kataMetalClusterObject(), clusterObject({ spec: { paused: false } }))).toBe(false)
    expect(isPaused(annotated, undefined)).toBe(true)
  })

  it('is reported with the reasons of the contract and with who asked for it', () => {
    expect(pausedCondition(annotated, clusterObject())).toMatchObject({ status: 'True', reason: 'Paused' })
    expect(pausedCondition(annotated, clusterObject()).message).toContain('cluster.x-k8s.io/paused')
    const byCluster = pausedCondition(kataMetalClusterObject(), clusterObject({ spec: { paused: true } }))
    expect(byCluster.message).toBe('Cluster blue has spec.paused.')
    expect(pausedCondition(kataMetalClusterObject(), clusterObject())).toMatchObject({
      status: 'False',
      reason: 'NotPaused',
    })
  })
})
