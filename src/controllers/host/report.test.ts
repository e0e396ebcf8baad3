import { describe, expect, it } from 'vitest'
import { aHost } from '../../../test/support/hosts.js'
import { hostAnnotations } from '../../../api/metal/group.js'
import { KatametalError } from '../../base/errors.js'
import type { BmcIdentity } from '../../bmc/model.js'
import type { HostFacts } from './facts.js'
import { placeOf } from './lifecycle.js'
import type { Observation } from './observe.js'
import { deadlineOf, describe as describeHost, type ReportInput } from './report.js'

const now = Date.parse('2026-01-01T12:00:00Z')

const facts = {
  deleting: false,
  wantsImage: true,
  externallyProvisioned: false,
  installed: 'nothing',
  inspection: 'fast',
  wantsNode: true,
  nodeReady: false,
  firmwareSettled: false,
  power: 'On',
} as HostFacts

const input = (at: string, more: Partial<ReportInput> = {}, observation: Partial<Observation> = {}): ReportInput => {
  const [state, step] = at.split('.')
  const place = placeOf(state, step)
  if (place === undefined) throw new Error(at)
  return {
    host: aHost({ firmwareProfileName: 'kata' }),
    place,
    observation: {
      facts,
      seen: {},
      server: { hello: undefined, heardAt: undefined, progress: undefined, result: () => undefined },
      credentials: undefined,
      wanted: undefined,
      firmware: undefined,
      node: undefined,
      ...observation,
    },
    inventory: undefined,
    capability: undefined,
    failure: undefined,
    now,
    ...more,
  }
}

const condition = (from: ReportInput, type: string) => describeHost(from).conditions?.find(each => each.type === type)

describe('the report of a wipe', () => {
  const operation = (id: string) => ({
    annotations: { [hostAnnotations.operation]: JSON.stringify({ id, kind: 'Deprovision' }) },
  })
  const disks = [
    {
      device: '/dev/sda',
      sizeBytes: 9,
      method: 'metadata' as const,
      firstMiBZero: true,
      lastMiBZero: true,
      partitions: 0,
    },
  ]
  const told = (ok: boolean): Partial<Observation> => ({
    server: {
      hello: undefined,
      heardAt: now,
      progress: undefined,
      result: taskID => (taskID === 'op-2.wipe.0' ? { taskID, ok, proof: disks } : undefined),
    },
  })
  const wipeAt = (at: string, ok: boolean, known?: object) => {
    const host = aHost({}, operation('op-2'))
    const status = { attempt: 0, ...(known === undefined ? {} : { wipe: known }) } as typeof host.status & object
    return describeHost(input(at, { host: { ...host, status } }, told(ok))).wipe
  }

  it('is written down with the step that the wipe leads to', () => {
    for (const at of ['Deprovisioning.wipe', 'Deprovisioning.clear'])
      expect(wipeAt(at, true)).toEqual({ operationID: 'op-2', time: '2026-01-01T12:00:00Z', disks })
  })

  it('stays until another one succeeds', () => {
    const last = { operationID: 'op-1', time: '2025-01-01T00:00:00Z', disks: [] }
    expect(wipeAt('Deprovisioning.wipe', false, last)).toEqual(last)
    expect(wipeAt('Deprovisioning.clear', true, { ...last, operationID: 'op-2' })).toMatchObject({ time: last.time })
    expect(wipeAt('Deprovisioning.clear', true, last)).toMatchObject({ operationID: 'op-2' })
  })
})

describe('the report of a host', () => {
  it('has the capability record of its BMC, without what is not known', () => {
    const identity: BmcIdentity = {
      vendor: 'dell',
      product: 'iDRAC9',
      generation: '15G',
      firmwareVersion: '6.00',
      biosVersion: undefined,
      manufacturer: undefined,
      model: undefined,
      serialNumber: undefined,
      system: '/redfish/v1/Systems/1',
      manager: undefined,
      bootMethods: ['VirtualMedia'],
      resetTypes: ['On'],
      biosSettings: true,
      power: 'On',
      trust: 'bundle',
      capabilities: {
        mediaSlots: ['/redfish/v1/Managers/1/VirtualMedia/CD'],
        settingsObject: undefined,
        applyTimes: ['OnReset'],
        secureBoot: true,
        taskService: true,
        events: 'push',
        expand: '$expand=.',
        expandLevels: 1,
        sessionTimeoutSeconds: 1800.4,
        sessionLimit: undefined,
      },
    }
    expect(describeHost(input('Inspecting.outOfBand', {}, { seen: { identity } })).bmc).toEqual({
      vendor: 'dell',
      product: 'iDRAC9',
      generation: '15G',
      firmwareVersion: '6.00',
      system: '/redfish/v1/Systems/1',
      bootMethods: ['VirtualMedia'],
      resetTypes: ['On'],
      biosSettings: true,
      capabilities: {
        mediaSlots: ['/redfish/v1/Managers/1/VirtualMedia/CD'],
        applyTimes: ['OnReset'],
        secureBoot: true,
        taskService: true,
        events: 'push',
        expand: '$expand=.',
        expandLevels: 1,
        sessionTimeoutSeconds: 1800,
      },
    })
  })

  it('gives every condition a CamelCase reason, a sentence and the observed generation', () => {
    const conditions = describeHost(input('Provisioning.write')).conditions ?? []
    expect(conditions.length).toBeGreaterThan(5)
    for (const each of conditions) {
      expect(each.reason).toMatch(/^[A-Z][A-Za-z0-9]*$/)
      expect(each.message).not.toBe('')
      expect(each.observedGeneration).toBe(3)
    }
  })

  it('is Ready only in settled states without a failure, and names the failure with its remedy otherwise', () => {
    expect(condition(input('Available'), 'Ready')).toMatchObject({ status: 'True', reason: 'Available' })
    expect(condition(input('Preparing.plan'), 'Ready')).toMatchObject({ status: 'False', reason: 'Preparing' })
    const failure = new KatametalError('BMCUnreachable', { about: '192.0.2.1' })
    const failed = condition(input('Available', { failure }), 'Ready')
    expect(failed).toMatchObject({ status: 'False', reason: 'BMCUnreachable' })
    expect(failed?.message).toContain('192.0.2.1')
    expect(failed?.message).toContain('Check the address')
  })

  it('keeps the time of a condition while its status stays the same', () => {
    const first = describeHost(input('Preparing.plan'))
    const later = describeHost(
      input('Preparing.write', { host: aHost({}, { status: { conditions: first.conditions } }), now: now + 60_000 }),
    )
    const times = (report: typeof first) => report.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime
    expect(times(later)).toBe(times(first))
  })

  it('says that the certificate is not checked where the spec asks for that', () => {
    const insecure = aHost({
      bmc: { address: 'redfish://192.0.2.1', credentialsName: 'x', disableCertificateVerification: true },
    })
    expect(condition(input('Available', { host: insecure }), 'BMCReachable')?.reason).toBe('CertificateNotVerified')
    expect(condition(input('Available'), 'BMCReachable')?.reason).toBe('Reachable')
  })

  it('says nothing new about the BMC in a step that did not look at it', () => {
    expect(condition(input('Provisioning.begin'), 'BMCReachable')).toBeUndefined()
  })

  it.each([
    ['AlreadySet', 'True', 'Yes'],
    ['Implied', 'True', 'Yes'],
    ['Change', 'True', 'CanBeEnabled'],
    ['ReadOnly', 'False', 'No'],
    ['NotExposed', 'Unknown', 'Unknown'],
    ['Unknown', 'Unknown', 'Unknown'],
  ] as const)('turns a knob that is %s into KataCapable %s (%s)', (outcome, status, reason) => {
    const capability = [{ knob: 'vtx', outcome, evidence: 'because' }]
    expect(condition(input('Preparing.plan', { capability }), 'KataCapable')).toMatchObject({ status, reason })
  })

  it('believes the running system more than the BIOS', () => {
    const host = aHost(
      {},
      {
        annotations: { [hostAnnotations.operation]: JSON.stringify({ id: 'op', kind: 'Provision' }) },
        status: {
          firstBoot: {
            operationID: 'op',
            bootstrap: 'succeeded',
            hostName: 'one',
            time: '2026-01-01T11:00:00Z',
            virtualization: { cpuFlag: true, kvm: false, iommuGroups: 0 },
          },
        },
      },
    )
    const from = input('Joining.proof', { host, capability: [{ knob: 'vtx', outcome: 'AlreadySet', evidence: 'x' }] })
    expect(condition(from, 'KataCapable')).toMatchObject({ status: 'False', reason: 'No' })
    expect(condition(from, 'VirtualizationEnabled')).toMatchObject({ status: 'False', reason: 'FeatureNotProven' })
    expect(condition(from, 'IOMMUEnabled')).toMatchObject({ status: 'False' })
  })

  it('is Stuck after the deadline of the step it is in, and not before', () => {
    const late = (deadline: string) =>
      input('Preparing.apply', { host: aHost({}, { status: { state: 'Preparing', step: 'apply', deadline } }) })
    expect(condition(late('2026-01-01T11:59:59Z'), 'Stuck')).toMatchObject({
      status: 'True',
      reason: 'StateDeadlinePassed',
    })
    expect(condition(late('2026-01-01T12:00:01Z'), 'Stuck')).toMatchObject({ status: 'False' })
  })

  it('gives settled states no deadline and every other step one in the future', () => {
    expect(deadlineOf({ state: 'Available', step: undefined }, now)).toBeUndefined()
    expect(Date.parse(deadlineOf({ state: 'Preparing', step: 'plan' }, now) ?? '')).toBeGreaterThan(now)
  })

  it('shows the progress of the image in percent, at most a hundred', () => {
    const told = (bytes: number) => ({
      server: {
        hello: undefined,
        heardAt: undefined,
        progress: { taskID: 't', phase: 'Writing' as const, bytes, totalBytes: 200 },
        result: () => undefined,
      },
    })
    expect(describeHost(input('Provisioning.write', {}, told(50))).progress).toMatchObject({
      phase: 'WritingImage',
      percent: 25,
    })
    expect(describeHost(input('Provisioning.write', {}, told(999))).progress?.percent).toBe(100)
    expect(describeHost(input('Available', {}, told(50))).progress).toBeUndefined()
  })

  it('forgets node, addresses and first boot of a host on which nothing is installed', () => {
    const status = { node: { name: 'n' }, addresses: [{ type: 'Hostname' as const, address: 'n' }] }
    const report = describeHost(input('Available', { host: aHost({}, { status }) }))
    expect([report.node, report.addresses, report.firstBoot, report.installed]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
})
