import { describe, expect, it } from 'vitest'
import { aHost } from '../../../test/support/hosts.js'
import { hostAnnotations } from '../../../api/metal/group.js'
import { fieldsNotActedOn, holdOf, newReboots, wishesOf } from './wishes.js'

const image = { url: 'http://192.0.2.9/a.raw', checksum: 'aa' }
const installed = (of: object) => ({
  [hostAnnotations.installed]: JSON.stringify({ ...of, operationID: 'op', time: '' }),
})
const operation = (of: object) => ({ [hostAnnotations.operation]: JSON.stringify(of) })

describe('the wishes of a host', () => {
  it('compare what is installed with the image of the spec by URL and checksum', () => {
    expect(wishesOf(aHost({ image })).installed).toBe('nothing')
    expect(wishesOf(aHost({ image }, { annotations: installed(image) })).installed).toBe('wanted')
    expect(wishesOf(aHost({ image }, { annotations: installed({ ...image, checksum: 'bb' }) })).installed).toBe('other')
    expect(wishesOf(aHost({}, { annotations: installed(image) })).installed).toBe('other')
  })

  it('take an operation for outdated only when it provisions another image', () => {
    const other = { ...image, url: 'http://192.0.2.9/b.raw' }
    const begun = (of: object, spec = {}) => wishesOf(aHost({ image, ...spec }, { annotations: operation(of) }))
    expect(begun({ id: 'op', kind: 'Provision', image })).toMatchObject({
      operation: 'Provision',
      operationOutdated: false,
    })
    expect(begun({ id: 'op', kind: 'Provision', image: other })).toMatchObject({ operationOutdated: true })
    expect(begun({ id: 'op', kind: 'Deprovision' })).toMatchObject({
      operation: 'Deprovision',
      operationOutdated: false,
    })
  })

  it('see that the running operation has recorded its image', () => {
    const annotations = { ...installed(image), ...operation({ id: 'op', kind: 'Provision', image }) }
    expect(wishesOf(aHost({ image }, { annotations })).recorded).toBe(true)
    expect(wishesOf(aHost({ image }, { annotations: installed(image) })).recorded).toBe(false)
  })

  it('take a spoilt annotation for none, instead of failing', () => {
    for (const spoilt of ['', 'x', '[]', 'null', '{"id":1}', '{"id":"a","kind":"Explode"}']) {
      const annotations = { [hostAnnotations.operation]: spoilt, [hostAnnotations.installed]: spoilt }
      expect(wishesOf(aHost({ image }, { annotations }))).toMatchObject({ operation: 'none', installed: 'nothing' })
    }
  })

  it('leave the power of a free host alone until somebody says how it shall be', () => {
    expect(wishesOf(aHost()).powerWish).toBeUndefined()
    expect(wishesOf(aHost({ online: true })).powerWish).toBe('On')
    expect(wishesOf(aHost({ online: false })).powerWish).toBe('Off')
  })

  it('want an installed host on, unless the spec says otherwise', () => {
    expect(wishesOf(aHost({ image }, { annotations: installed(image) })).powerWish).toBe('On')
    expect(wishesOf(aHost({ image, online: false }, { annotations: installed(image) })).powerWish).toBe('Off')
  })
})

describe('reboot requests', () => {
  it('are the plain annotation, and those of clients that were not acted on yet', () => {
    const annotations = {
      [hostAnnotations.reboot]: '',
      [`${hostAnnotations.reboot}-kured`]: '',
      [`${hostAnnotations.reboot}-other`]: '',
    }
    const host = aHost({}, { annotations, status: { handledReboots: [`${hostAnnotations.reboot}-kured`] } })
    expect(newReboots(host)).toEqual([hostAnnotations.reboot, `${hostAnnotations.reboot}-other`])
    expect(wishesOf(aHost()).rebootRequested).toBe(false)
  })
})

describe('holding a host', () => {
  it('is what the paused and detached annotations and a paused Cluster do, whatever their value', () => {
    expect(holdOf(aHost(), false)).toBeUndefined()
    expect(holdOf(aHost(), true)).toBe('Paused')
    expect(holdOf(aHost({}, { annotations: { [hostAnnotations.paused]: 'false' } }), false)).toBe('Paused')
    expect(holdOf(aHost({}, { annotations: { [hostAnnotations.detached]: '' } }), true)).toBe('Detached')
  })
})

describe('fields of other operators', () => {
  it('are named when they are set, and null does not count', () => {
    expect(fieldsNotActedOn(aHost({ raid: null }))).toEqual([])
    expect(fieldsNotActedOn(aHost({ hardwareProfile: 'unknown', disablePowerOff: false }))).toEqual([
      'disablePowerOff',
      'hardwareProfile',
    ])
  })
})
