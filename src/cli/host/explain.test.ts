import { describe, expect, it } from 'vitest'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { explainHost } from './explain.js'

const now = Date.parse('2026-01-01T12:00:00Z')

const host = (status: BareMetalHost['status']): BareMetalHost => ({
  apiVersion: 'metal.akraino.org/v1alpha1',
  kind: 'BareMetalHost',
  metadata: { namespace: 'edge', name: 'one' },
  spec: {
    bmc: { address: 'redfish://192.0.2.1', credentialsName: 'one' },
    bootMode: 'UEFI',
    automatedCleaningMode: 'metadata',
    inspectionMode: 'fast',
  },
  ...(status === undefined ? {} : { status }),
})

const condition = (type: string, value: 'True' | 'False', reason: string, message: string) => ({
  type,
  status: value,
  reason,
  message,
  lastTransitionTime: '2026-01-01T11:00:00Z',
})

describe('explaining a host', () => {
  it('says what the step waits for, since when, until when, and when it is looked at next', () => {
    const explained = explainHost(
      host({ state: 'Provisioning', step: 'agent', since: '2026-01-01T11:59:00Z', deadline: '2026-01-01T12:29:00Z' }),
      now,
    )
    expect(explained).toMatchObject({
      host: 'edge/one',
      state: 'Provisioning',
      step: 'agent',
      awaiting: 'the deploy agent to boot and call',
      forMs: 60_000,
      deadlineInMs: 29 * 60_000,
      failure: undefined,
    })
    expect(explained.nextLookWithinMs).toBeGreaterThan(0)
    expect(explained.nextLookWithinMs).toBeLessThanOrEqual(11_000)
    expect(explained.unblock).toContain('console')
  })

  it('names the failure, its remedy from the error table and the time of the next try', () => {
    const explained = explainHost(
      host({
        state: 'Discovering',
        step: 'connect',
        since: '2026-01-01T11:59:00Z',
        attempt: 3,
        retryTime: '2026-01-01T12:04:00Z',
        conditions: [condition('Ready', 'False', 'BMCLoginRefused', 'the BMC refused the user name or password')],
        lastAnswers: [{ time: '2026-01-01T11:59:01Z', what: 'connect', answer: '401' }],
      }),
      now,
    )
    expect(explained.failure).toEqual({
      code: 'BMCLoginRefused',
      message: 'the BMC refused the user name or password',
      attempt: 3,
    })
    expect(explained.nextLookWithinMs).toBe(4 * 60_000)
    expect(explained.unblock).toContain('Secret')
    expect(explained.lastAnswers).toHaveLength(1)
  })

  it('does not take a host that merely waits for one that failed', () => {
    const waiting = host({
      state: 'Preparing',
      step: 'plan',
      conditions: [condition('Ready', 'False', 'Preparing', 'Waiting for the BIOS settings.')],
    })
    expect(explainHost(waiting, now).failure).toBeUndefined()
  })

  it('says that a held host is held, and promises no next look', () => {
    const explained = explainHost(
      host({
        state: 'Available',
        since: '2026-01-01T11:00:00Z',
        conditions: [condition('Paused', 'True', 'Paused', 'An annotation holds the host.')],
      }),
      now,
    )
    expect(explained.awaiting).toBe('An annotation holds the host.')
    expect(explained.nextLookWithinMs).toBeUndefined()
    expect(explained.unblock).toContain('Remove the annotation')
  })

  it('explains a host that no manager has looked at yet', () => {
    const explained = explainHost(host(undefined), now)
    expect(explained.state).toBe('New')
    expect(explained.unblock).toContain('manager runs')
  })
})
