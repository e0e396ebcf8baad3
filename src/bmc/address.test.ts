import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isKatametalError } from '../base/errors.js'
import { originOf, parseBmcAddress } from './address.js'

const failure = (text: string) => {
  try {
    parseBmcAddress(text)
  } catch (error) {
    if (isKatametalError(error)) return error
    throw error
  }
  throw new Error(`${text} was understood`)
}

describe('a BMC address', () => {
  it.each([
    ['ipmi://192.0.2.10', { transport: 'ipmi', host: '192.0.2.10', port: 623, https: false, bootMethod: 'Pxe' }],
    ['ipmi://192.0.2.10:6230/', { transport: 'ipmi', port: 6230, systemPath: undefined }],
    [
      'redfish://bmc.example/redfish/v1/Systems/1',
      { transport: 'redfish', https: true, port: 443, bootMethod: undefined },
    ],
    ['redfish+http://bmc.example:8000/redfish/v1/Systems/1', { https: false, port: 8000, scheme: 'redfish' }],
    ['redfish+http://bmc.example:443', { https: false, port: 443 }],
    ['redfish+https://bmc.example:80', { https: true, port: 80 }],
    ['redfish-virtualmedia://bmc/redfish/v1/Systems/1', { https: true, bootMethod: 'VirtualMedia' }],
    ['redfish-virtualmedia+http://bmc', { https: false, port: 80, bootMethod: 'VirtualMedia' }],
    ['redfish-virtualmedia+https://bmc', { https: true, bootMethod: 'VirtualMedia' }],
    ['redfish-uefihttp://bmc', { https: true, bootMethod: 'UefiHttp' }],
    ['idrac-redfish://bmc', { bootMethod: undefined, scheme: 'idrac-redfish' }],
    ['idrac-virtualmedia+http://bmc', { https: false, bootMethod: 'VirtualMedia' }],
    ['ilo5-redfish://bmc', { bootMethod: undefined }],
    ['ilo5-virtualmedia://bmc', { bootMethod: 'VirtualMedia' }],
    ['https://bmc.example:8443', { transport: 'redfish', port: 8443, bootMethod: undefined, systemPath: undefined }],
    ['REDFISH://BMC.Example', { scheme: 'redfish', host: 'bmc.example' }],
  ])('%s is understood as Metal3 does', (text, expected) => {
    expect(parseBmcAddress(text)).toMatchObject(expected)
  })

  it.each(['192.0.2.10', 'bmc.example', 'bmc.example:6230', '[2001:db8::1]', '[2001:db8::1]:6230', '2001:db8::1'])(
    '%s without a scheme means IPMI',
    text => {
      expect(parseBmcAddress(text)).toMatchObject({ transport: 'ipmi', scheme: 'ipmi' })
    },
  )

  it('keeps an IPv6 host without brackets and puts them back into the origin', () => {
    const address = parseBmcAddress('redfish://[2001:DB8::1]:8443/redfish/v1/Systems/1')
    expect(address.host).toBe('2001:db8::1')
    expect(originOf(address)).toBe('https://[2001:db8::1]:8443')
  })

  it('keeps the path of the system as written, without the trailing slash', () => {
    expect(parseBmcAddress('redfish://bmc/redfish/v1/Systems/System.Embedded.1/').systemPath).toBe(
      '/redfish/v1/Systems/System.Embedded.1',
    )
  })

  it.each(['redfish://bmc', 'redfish://bmc/', 'redfish://bmc/redfish/v1', 'redfish://bmc/redfish/v1/Systems/'])(
    'leaves the system to be discovered when %s names none',
    text => {
      expect(parseBmcAddress(text).systemPath).toBeUndefined()
    },
  )

  it.each(['http://bmc', 'libvirt://bmc', 'ilo4://bmc', 'ipmi+http://bmc', 'https+http://bmc', 'constructor://bmc'])(
    'refuses the scheme of %s and names it',
    text => {
      const error = failure(text)
      expect(error.code).toBe('BMCSchemeUnknown')
      expect(error.seen).toBe(text.split('://')[0])
    },
  )

  it.each([
    '',
    '   ',
    'redfish://',
    'redfish://:443',
    'redfish://bmc:0',
    'redfish://bmc:65536',
    'redfish://bmc:port',
    'redfish://bmc/redfish/../etc',
    'redfish://bmc//redfish/v1/Systems/1',
    'redfish://bmc/a?b=c',
    'redfish://bmc/a#b',
    'redfish://bmc\\evil/a',
    'redfish://b mc/',
    'redfish://[2001:db8::zz]/',
    'redfish:/bmc',
    'ipmi://bmc/redfish/v1/Systems/1',
    'redfish://bmc\u0000',
  ])('refuses %j', text => {
    expect(failure(text).code).toBe('BMCAddressInvalid')
  })

  it.each(['redfish://[fe80::1%eth0]/', 'fe80::1%eth0', 'ipmi://[fe80::1%25eth0]'])(
    'refuses %s and says that zone ids are what is wrong with it',
    text => {
      expect(failure(text)).toMatchObject({ code: 'BMCAddressInvalid', seen: expect.stringContaining('zone id') })
    },
  )

  it('never repeats a password that stands in the address', () => {
    const error = failure('redfish://root:calvin@bmc.example/redfish/v1/Systems/1')
    expect(error.code).toBe('BMCAddressInvalid')
    expect(error.message).not.toContain('calvin')
    expect(error.message).toContain('bmc.example')
  })

  it('survives any text: it is understood or refused with a code of the table', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl({ withFragments: true })), text => {
        try {
          const address = parseBmcAddress(text)
          return address.host !== '' && address.port > 0 && address.port < 65536
        } catch (error) {
          return isKatametalError(error, 'BMCAddressInvalid') || isKatametalError(error, 'BMCSchemeUnknown')
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('means the same server and port when it is written out again in full', () => {
    const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain())
    const scheme = fc.constantFrom('redfish+http', 'redfish+https', 'redfish-virtualmedia+http', 'idrac-redfish+https')
    const path = fc.constantFrom('', '/redfish/v1/Systems/1', '/redfish/v1/Systems/System.Embedded.1')
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65535 }), scheme, path, (name, port, word, system) => {
        const written = name.includes(':') ? `[${name}]` : name
        const first = parseBmcAddress(`${word}://${written}:${port}${system}`)
        const again = parseBmcAddress(
          `${first.scheme}+${first.https ? 'https' : 'http'}://${originOf(first).split('://')[1] ?? ''}${first.systemPath ?? ''}`,
        )
        expect(again).toEqual(first)
        expect(new URL(originOf(first)).protocol).toBe(first.https ? 'https:' : 'http:')
      }),
    )
  })
})
