import { describe, expect, it } from 'vitest'
import { condition, hostObject, inventoryObject } from '../../../test/support/cluster-api-objects.js'
import { shortcomingOf, sizeOf } from './needs.js'

const GiB = 1024 ** 3

const inventory = inventoryObject('a', {
  processors: { cores: 32 },
  memory: { totalMiB: 65_536 },
  nics: [{ mac: '02:00:00:00:00:01' }, { mac: '02:00:00:00:00:02' }],
  storage: { drives: [{ sizeBytes: 200 * GiB }, { sizeBytes: 800 * GiB }, {}] },
})

const verdict = (needs: Parameters<typeof shortcomingOf>[0], known = true, host = hostObject('a')) =>
  shortcomingOf(needs, host, sizeOf(host, known ? inventory : undefined))

describe('what the hardware must have', () => {
  it('is nothing when nothing is asked for, even on a host that nobody has inspected', () => {
    expect(verdict(undefined, false)).toBeUndefined()
    expect(verdict({}, false)).toBeUndefined()
  })

  it.each([
    [{ cores: 32 }, undefined],
    [{ cores: 33 }, 'too few cores'],
    [{ memory: '64Gi' }, undefined],
    [{ memory: '65Gi' }, 'too little memory'],
    [{ memory: '68G' }, undefined],
    [{ disk: '800Gi' }, undefined],
    [{ disk: '1T' }, 'no disk large enough'],
    [{ nics: 2 }, undefined],
    [{ nics: 3 }, 'too few NICs'],
    [{ cores: 33, memory: '1Ti' }, 'too few cores'],
  ] as const)('%j is judged %s', (needs, wanted) => {
    expect(verdict(needs)).toBe(wanted)
  })

  it.each([
    [{ cores: 1 }, 'cores unknown'],
    [{ memory: '1Gi' }, 'memory unknown'],
    [{ disk: '1G' }, 'disks unknown'],
    [{ nics: 1 }, 'NICs unknown'],
  ] as const)('%j is not met by a host of which nothing is known', (needs, wanted) => {
    expect(verdict(needs, false)).toBe(wanted)
  })

  it('falls back on the summary of the host where the inventory is silent, but not for a single disk', () => {
    const host = hostObject('a', { status: { hardware: { cores: 8, memoryMiB: 2048, nics: 1, storageGiB: 5000 } } })
    expect(sizeOf(host, undefined)).toEqual({
      cores: 8,
      memoryBytes: 2 * GiB,
      nics: 1,
      largestDiskBytes: undefined,
    })
  })

  it('counts a RAID volume as a disk', () => {
    const raid = inventoryObject('a', { storage: { drives: [{ sizeBytes: GiB }], volumes: [{ sizeBytes: 4 * GiB }] } })
    expect(sizeOf(hostObject('a'), raid).largestDiskBytes).toBe(4 * GiB)
  })

  it('refuses a host for Kata only when it is known not to be capable', () => {
    const host = (status: 'True' | 'False' | 'Unknown') =>
      hostObject('a', { status: { conditions: [condition('KataCapable', status)] } })
    expect(verdict({ kata: true }, true, host('False'))).toBe('not Kata-capable')
    expect(verdict({ kata: true }, true, host('Unknown'))).toBeUndefined()
    expect(verdict({ kata: true }, true, host('True'))).toBeUndefined()
    expect(verdict({ kata: true })).toBeUndefined()
    expect(verdict({ kata: false }, true, host('False'))).toBeUndefined()
  })
})
