import { describe, expect, it } from 'vitest'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { hostObject, kataMetalMachineObject, machineObject } from '../../../test/support/cluster-api-objects.js'
import { adoptPatch, claimPatch, detachPatch, emptyPatch } from './claim-patch.js'
import { isHeldBy } from './consumer.js'
import { occupationOf } from './select.js'

/** RFC 7386. */
const merge = (target: unknown, patch: unknown): unknown => {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch
  const result: Record<string, unknown> = { ...(target as Record<string, unknown> | undefined) }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = merge(result[key], value)
  }
  return result
}
const patched = (host: BareMetalHost, patch: object) => merge(host, patch) as BareMetalHost

const object = kataMetalMachineObject()
const claim = { object, owner: machineObject(), clusterName: 'blue', dataSecretName: 'blue-1-bootstrap', addresses: [] }

describe('the write that claims a host', () => {
  it('holds everything that the host needs, bound to the version that was judged free', () => {
    const host = hostObject('h1', { metadata: { resourceVersion: '41', labels: { rack: 'r1' } } })
    expect(claimPatch(claim, host)).toMatchObject({ metadata: { resourceVersion: '41' } })
    expect(patched(host, claimPatch(claim, host))).toMatchObject({
      metadata: {
        labels: {
          rack: 'r1',
          'cluster.x-k8s.io/cluster-name': 'blue',
          'infrastructure.cluster.x-k8s.io/claimed-by': 'uid-kmm-blue-1',
        },
        annotations: { 'metal.akraino.org/hostname': 'blue-1' },
      },
      spec: {
        consumerRef: {
          apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
          kind: 'KataMetalMachine',
          name: 'blue-1',
          namespace: 'site',
          uid: 'uid-kmm-blue-1',
        },
        image: { url: 'http://images.test/os.raw', checksum: 'ab', checksumType: 'sha256' },
        userData: { name: 'blue-1-bootstrap' },
        online: true,
      },
    })
  })

  it('makes the host held by the machine and free for nobody', () => {
    const claimed = patched(hostObject('h1'), claimPatch(claim, hostObject('h1')))
    expect(isHeldBy(claimed, object)).toBe(true)
    expect(isHeldBy(claimed, kataMetalMachineObject({}, 'blue-2'))).toBe(false)
    expect(occupationOf(claimed)).toBe('in use')
  })

  it('does not mix the checksum of an older image into the new one', () => {
    const host = hostObject('h1', {
      spec: { image: { url: 'old', checksum: 'ff', checksumType: 'sha512', format: 'qcow2' } },
    })
    const bare = { ...claim, object: kataMetalMachineObject({ spec: { image: { url: 'new' } } }) }
    expect(patched(host, claimPatch(bare, host)).spec.image).toEqual({ url: 'new' })
  })

  it('leaves the settings of the host alone that the machine does not name', () => {
    const host = hostObject('h1', { spec: { firmwareProfileName: 'kata', image: { url: 'own' } } })
    const silent = { ...claim, object: kataMetalMachineObject({ spec: {} }) }
    expect(patched(host, claimPatch(silent, host)).spec).toMatchObject({
      firmwareProfileName: 'kata',
      image: { url: 'own' },
      automatedCleaningMode: 'metadata',
    })
  })
})

describe('the writes that give a host back', () => {
  const before = hostObject('h1', {
    metadata: { labels: { rack: 'r1' }, annotations: { note: 'kept' } },
    spec: { online: false, firmwareProfileName: 'site', networkData: { name: 'site-net' } },
  })
  const demanding = {
    ...claim,
    object: kataMetalMachineObject({
      spec: {
        image: { url: 'new' },
        firmwareProfileName: 'kata',
        automatedCleaningMode: 'disabled',
        networkData: { name: 'machine-net' },
      },
    }),
  }
  const claimed = patched(before, claimPatch(demanding, before))
  const emptied = patched(claimed, emptyPatch(claimed))

  it('empty the host in the name of the machine, by the wipe mode that the machine asked for', () => {
    expect(claimed.spec).toMatchObject({ firmwareProfileName: 'kata', networkData: { name: 'machine-net' } })
    expect(emptied.spec).toMatchObject({ online: false, automatedCleaningMode: 'disabled' })
    expect(emptied.spec.image).toBeUndefined()
    expect(emptied.spec.userData).toBeUndefined()
    expect(isHeldBy(emptied, demanding.object)).toBe(true)
  })

  it('leave nothing of the claim behind but the name of the pool', () => {
    expect(patched(emptied, detachPatch(emptied, 'blue/workers'))).toEqual({
      ...before,
      metadata: {
        ...before.metadata,
        annotations: { note: 'kept', 'infrastructure.cluster.x-k8s.io/last-pool': 'blue/workers' },
      },
    })
  })

  it('restore a host that had no settings to having none', () => {
    const plain = hostObject('h2')
    const taken = patched(plain, claimPatch(demanding, plain))
    const free = patched(taken, detachPatch(taken, undefined))
    expect(free.spec.online).toBeUndefined()
    expect(free.spec.firmwareProfileName).toBeUndefined()
    expect(free.spec.consumerRef).toBeUndefined()
    expect(free.metadata.labels).toEqual({})
  })

  it.each(['{', '"text"', '{"online":"yes"}'])('survive a spoilt memory of the settings before the claim: %s', text => {
    const spoilt = {
      ...emptied,
      metadata: { ...emptied.metadata, annotations: { 'infrastructure.cluster.x-k8s.io/before-claim': text } },
    }
    const free = patched(spoilt, detachPatch(spoilt, undefined))
    expect(free.spec.consumerRef).toBeUndefined()
    expect(free.spec.firmwareProfileName).toBe('kata')
    expect(free.spec.online).toBeUndefined()
  })
})

describe('the write that adopts a host', () => {
  it('names the machine and wants nothing new of the server', () => {
    const host = hostObject('h1', { spec: { image: { url: 'running' }, online: true }, status: { state: 'InService' } })
    const adopted = patched(host, adoptPatch(object, 'blue', host))
    expect(isHeldBy(adopted, object)).toBe(true)
    expect({ ...adopted.spec, consumerRef: undefined }).toEqual({ ...host.spec, consumerRef: undefined })
  })
})
