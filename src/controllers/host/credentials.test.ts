import { describe, expect, it } from 'vitest'
import { bareMetalHostSpecSchema, type BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { bmcTargetOf } from './credentials.js'

const host = (bmc: Record<string, unknown>): BareMetalHost => ({
  apiVersion: 'metal.akraino.org/v1alpha1',
  kind: 'BareMetalHost',
  metadata: { name: 'h', namespace: 'n' },
  spec: bareMetalHostSpecSchema.parse({ bmc: { address: 'redfish://192.0.2.7', credentialsName: 's', ...bmc } }),
})
const credentials = {
  access: { username: 'u', password: 'p', trust: { kind: 'system' } },
  secretVersion: '7',
} as const

describe('where the BMC of a host is reached', () => {
  it('is its address, by the version of its credentials', () => {
    expect(bmcTargetOf(host({}), credentials)).toEqual({ address: 'redfish://192.0.2.7', secretVersion: '7' })
  })

  it('has the fallback that the host names', () => {
    expect(bmcTargetOf(host({ fallbackAddress: 'ipmi://192.0.2.8:6230' }), credentials)).toMatchObject({
      fallbackAddress: 'ipmi://192.0.2.8:6230',
    })
  })

  it.each(['https://192.0.2.8', 'ipmi://user:word@192.0.2.8', 'ipmi://', '192.0.2.8'])(
    'is never %s as fallback: the API refuses it',
    fallbackAddress => {
      expect(() => host({ fallbackAddress })).toThrow()
    },
  )
})
