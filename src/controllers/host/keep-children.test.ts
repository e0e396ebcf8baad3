import { describe, expect, it } from 'vitest'
import { hostObject, inventoryObject } from '../../../test/support/cluster-api-objects.js'
import type { OwnerReference } from '../../../api/meta.js'
import { childMeta } from './child.js'
import { keepChildren } from './keep-children.js'
import type { HostControllerParts } from './ports.js'

const host = hostObject('a')
const owners = childMeta(host).ownerReferences
const stranger: OwnerReference = { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'uid-n' }

const keep = async (ownerReferences: OwnerReference[] | undefined): Promise<unknown[]> => {
  const writes: unknown[] = []
  const child = inventoryObject('a', {})
  const shown = { ...child, metadata: { ...child.metadata, ...(ownerReferences && { ownerReferences }) } }
  const client = {
    replace: async (object: { metadata: { ownerReferences: unknown } }) => writes.push(object.metadata.ownerReferences),
    mergePatch: async (_namespace: string, _name: string, { metadata }: { metadata: object }) => writes.push(metadata),
  }
  const parts = {
    stores: { inventories: { get: () => shown }, firmwares: { get: () => shown } },
    clients: { inventories: client, firmwares: client },
  } as unknown as HostControllerParts
  await keepChildren(host, parts, new AbortController().signal)
  return writes
}

describe('the objects of a host', () => {
  it('are left alone when the host owns them', async () => {
    expect(await keep(owners)).toEqual([])
  })

  it.each([
    ['is missing', undefined],
    ['names an earlier host of the name', [{ ...owners![0]!, uid: 'uid-before' }]],
    ['is of an old version', [{ ...owners![0]!, apiVersion: 'metal.akraino.org/v1alpha0' }]],
  ])('get their ownerReference back when it %s', async (_title, references) => {
    expect(await keep(references)).toEqual([owners, { resourceVersion: '1', ownerReferences: owners }])
  })

  it('keep their other owners', async () => {
    expect((await keep([stranger]))[0]).toEqual([stranger, ...owners!])
  })
})
