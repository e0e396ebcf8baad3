import { describe, expect, it } from 'vitest'
import { checkNetworkConfig } from './network-config.js'

const refusal = (text: string): string | undefined => {
  try {
    checkNetworkConfig(text)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe('network data', () => {
  it.each([
    'version: 2\nethernets: { eth0: { dhcp4: true } }\n',
    'version: 1\nconfig: []\n',
    'network:\n  version: 2\n',
    '{"version": 2, "ethernets": {}}',
  ])('may be cloud-init network configuration: %j', text => {
    expect(refusal(text)).toBeUndefined()
  })

  it.each([
    ['links: []\nnetworks: []\nservices: []\n', 'format of OpenStack'],
    ['auto eth0\n', 'not a map'],
    ['ethernets: {}\n', 'no version 1 or 2'],
    ['version: 3\n', 'no version 1 or 2'],
    ['[1, 2]', 'not a map'],
  ])('of another form is refused with the reason: %j', (text, reason) => {
    expect(refusal(text)).toContain(reason)
  })

  it('is never shown in the reason', () => {
    expect(refusal('password: [geheim\n')).toContain('it is not YAML')
    expect(refusal('password: [geheim\n')).not.toContain('geheim')
  })
})
