import { describe, expect, it } from 'vitest'
import { redactTree } from './redact.js'
import type { JsonObject } from './resource.js'

/** Deterministic chance; any sequence does, as long as it moves. */
const chance = () => {
  let state = 1
  return (below: number): number => {
    state = (state * 16807) % 2147483647
    return state % below
  }
}
const redacted = (resources: Record<string, JsonObject>) => {
  const { resources: result, replaced } = redactTree(new Map(Object.entries(resources)), chance())
  return { bodies: Object.fromEntries(result) as Record<string, JsonObject>, replaced }
}
const one = (body: JsonObject): JsonObject => redacted({ '/redfish/v1': body }).bodies['/redfish/v1'] ?? {}

describe('redaction', () => {
  it.each([
    ['SerialNumber', 'MXQ2390RHW', /^[A-Z]{3}\d{4}[A-Z]{3}$/],
    ['ServerInfo.1.ServiceTag', 'F54P1G3', /^[A-Z]\d{2}[A-Z]\d[A-Z]\d$/],
    ['ExpressServiceCode', '32961952659', /^\d{11}$/],
    ['SKU', 'F54P1G3', /^[A-Z]\d{2}[A-Z]\d[A-Z]\d$/],
    ['UUID', '4c4c4544-0035-3410-8050-c6c04f314733', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
    ['MACAddress', 'B0:7B:25:D6:51:82', /^02(:[0-9A-F]{2}){5}$/],
    ['PermanentMACAddress', 'b0-7b-25-d6-51-82', /^02(-[0-9a-f]{2}){5}$/],
    ['WWPN', '20:00:f4:c7:aa:12:34:56', /^[0-9a-f]{2}(:[0-9a-f]{2}){7}$/],
    ['Address', '10.180.247.199', /^192\.0\.2\.1$/],
    ['LinkLocalAddress', 'fe80::97cc:7ce4:f705:b352', /^2001:db8::1$/],
    ['URLString', 'https://10.180.247.199:443', /^https:\/\/192\.0\.2\.1:443$/],
    ['HostName', 'idrac-F54P1G3', /^host1$/],
    ['FQDN', 'node7.rack2.corp', /^host1\.example\.net$/],
    ['Users.3.UserName', 'forge_admin', /^user1$/],
    ['Users.2.SHA256Password', '3D180D75B6D8B8FCDC88764C13C2B089FBC84CFEC0C08580', /^[0-9A-F]{48}$/],
    ['SetupPassword', 'hunter22', /^redacted$/],
    ['LicenseKey', '32Q2N-L3P6Z-76QDN-68BMW-HLP6M', /^redacted$/],
    ['ServerTopology.1.RackName', 'R17 north', /^place 1$/],
    ['Message', 'login of me@corp.example from 10.1.2.3', /^login of someone@example\.net from 192\.0\.2\.1$/],
    ['CertificateString', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----', /^redacted$/],
    ['Blob', 'x -----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----', /^x -----BEGIN CERT/],
    ['SSHHostKey', 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDiwCu+3Psk', /^redacted$/],
  ])('of %s gives a value of the same shape', (key, value, shape) => {
    const { [key]: made } = one({ [key]: value })
    expect(made).toMatch(shape)
    expect(made).not.toBe(value)
  })

  it.each([
    ['FirmwareVersion', '6.10.30.00'],
    ['Version', '10.0.2.3'],
    ['BiosVersion', 'U46 v2.34 (12/02/2024)'],
    ['Model', 'PowerEdge R750'],
    ['PartNumber', 'P13186-001'],
    ['SKU', 'P13186-B21'],
    ['SubnetMask', '255.255.255.0'],
    ['Gateway', '0.0.0.0'],
    ['IPv6.1.Address1', '::'],
    ['ForceChangePassword', 'False'],
    ['MinimumPasswordScore', 'Weak Protection'],
    ['PasswordStatus', 'Unlocked'],
    ['UserName', 'Administrator'],
    ['AssetTag', '....................'],
    ['SerialNumber', 'To be filled by O.E.M.'],
    ['MACAddress', '00:00:00:00:00:00'],
    ['DateTime', '2025-05-29T11:04:05+01:00'],
    ['HardwarePath', '0000:17:00.0'],
    ['ProcVirtualization', 'Enabled'],
  ])('leaves %s as it is: %s', (key, value) => {
    expect(one({ [key]: value })).toEqual({ [key]: value })
  })

  it('replaces one value everywhere alike, in paths and longer words too, in the case that stands there', () => {
    const { bodies } = redacted({
      '/redfish/v1/Systems/MXQ2390RHW': {
        '@odata.id': '/redfish/v1/Systems/MXQ2390RHW',
        SerialNumber: 'MXQ2390RHW',
        iSCSIInitiatorName: 'iqn.2015-02.com.hpe:uefi-u46-mxq2390rhw',
      },
      '/redfish/v1/Systems': { Members: [{ '@odata.id': '/redfish/v1/Systems/MXQ2390RHW' }] },
    })
    const [path = '', list = ''] = Object.keys(bodies)
    const serial = String(bodies[path]?.['SerialNumber'])
    expect(path).toBe(`/redfish/v1/Systems/${serial}`)
    expect(bodies[path]?.['@odata.id']).toBe(path)
    expect(bodies[path]?.['iSCSIInitiatorName']).toBe(`iqn.2015-02.com.hpe:uefi-u46-${serial.toLowerCase()}`)
    expect(bodies[list]).toEqual({ Members: [{ '@odata.id': path }] })
  })

  it('knows a MAC address in all its spellings', () => {
    const body = one({
      MACAddress: 'A4:BF:01:28:90:AA',
      HostName: 'x',
      Id: 'BMCA4BF012890AA',
      Other: 'a4-bf-01-28-90-aa',
    })
    const bare = String(body['MACAddress']).replaceAll(':', '')
    expect(body['Id']).toBe(`BMC${bare}`)
    expect(body['Other']).toBe((bare.match(/../g) ?? []).join('-').toLowerCase())
  })

  it('does not take an annotation for an e-mail address', () => {
    const body = {
      'Members@odata.count': 1,
      'ResetType@Redfish.AllowableValues': ['On'],
      Message: { RelatedProperties: ['#/Boot/BootSourceOverrideTarget@Redfish.AllowableValues'] },
      'Attributes@Message.ExtendedInfo': [],
    }
    expect(one(body)).toEqual(body)
  })

  it('gives two values two counterparts', () => {
    const { A, B } = one({ A: '10.1.2.3', B: '10.1.2.4' })
    expect(A).not.toBe(B)
  })

  it('replaces a plain word only where it is a name, not where it means something else', () => {
    expect(one({ HostName: 'bmc', ManagerType: 'BMC', Links: { '@odata.id': '/redfish/v1/Managers/bmc' } })).toEqual({
      HostName: 'host1',
      ManagerType: 'BMC',
      Links: { '@odata.id': '/redfish/v1/Managers/bmc' },
    })
  })

  it('does not take the maker of the server for the owner of a certificate', () => {
    expect(one({ Manufacturer: 'Dell Inc.', Subject: { Organization: 'Dell Inc.', CommonName: 'Web CA 2' } })).toEqual({
      Manufacturer: 'Dell Inc.',
      Subject: { Organization: 'place 1', CommonName: 'place 2' },
    })
  })

  it('replaces a serial number that only names the system', () => {
    const path = '/redfish/v1/Systems/IROZ23312315'
    const { bodies } = redacted({ [path]: { '@odata.id': path, Id: 'IROZ23312315', SerialNumber: '..........' } })
    expect(JSON.stringify(bodies)).not.toContain('IROZ23312315')
    expect(Object.values(bodies)[0]?.['@odata.id']).toBe(Object.keys(bodies)[0])
  })

  it('leaves what a registry lists as the value of a setting, and the registry itself but for the server it names', () => {
    const registry = {
      RegistryEntries: {
        Attributes: [{ AttributeName: 'HddPassword', Value: [{ ValueName: 'AskOnBoot', ValueDisplayName: 'Ask' }] }],
      },
    }
    const { bodies } = redacted({
      '/redfish/v1/Registries/R': { ...registry, SupportedSystems: [{ SystemId: 'F54P1G3' }] },
      '/redfish/v1/Systems/1': { SKU: 'F54P1G3' },
      '/redfish/v1/Bios': { Attributes: { HddPassword: 'AskOnBoot', SetupPassword: 'AskOnTuesday' } },
    })
    expect(bodies['/redfish/v1/Registries/R']).toMatchObject(registry)
    expect(JSON.stringify(bodies)).not.toContain('F54P1G3')
    expect(bodies['/redfish/v1/Bios']).toEqual({ Attributes: { HddPassword: 'AskOnBoot', SetupPassword: 'redacted' } })
  })

  it('counts the different values by kind', () => {
    const { replaced } = redacted({ '/a': { Address: '10.1.2.3', B: 'to 10.1.2.3 and 10.1.2.4', HostName: 'web-01' } })
    expect(replaced).toEqual({ address: 2, host: 1 })
  })
})
