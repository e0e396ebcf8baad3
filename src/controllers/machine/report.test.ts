import { describe, expect, it } from 'vitest'
import { conditionSchema } from '../../../api/meta.js'
import { hostStates } from '../../../api/metal/bare-metal-host.js'
import { errorTable } from '../../base/errors.js'
import {
  condition,
  hostObject,
  kataMetalMachineObject,
  machineObject,
} from '../../../test/support/cluster-api-objects.js'
import { bootstrapProblem } from './bootstrap.js'
import { machineReasons } from './reasons.js'
import { isInstalled, type Situation, verdictsFor } from './report.js'
import { decisionsOf, statusPatch, statusWith } from './status.js'

const host = hostObject('h1', { status: { state: 'Provisioning', step: 'WriteImage', awaiting: 'the agent writes' } })
const providerID = 'katametal://site/h1'
const joined = machineObject({ status: { nodeRef: { name: 'blue-1' } } })

const situations: Situation[] = [
  { is: 'Gated', gate: 'WaitingForClusterInfrastructure', clusterName: 'blue' },
  { is: 'Gated', gate: 'WaitingForControlPlaneInitialized', clusterName: 'blue' },
  { is: 'Gated', gate: 'WaitingForBootstrapData', clusterName: 'blue' },
  { is: 'BootstrapUnusable', code: 'BootstrapFormatUnknown', message: 'The format is ignition' },
  { is: 'NoHost', message: 'of 2 hosts 2 in use', turn: { position: 2, waiting: 3 } },
  { is: 'Claimed', host, provisioned: false, providerID },
  { is: 'Claimed', host, provisioned: true, providerID },
  { is: 'Lost', hostName: 'h1', loss: 'Gone', provisioned: false },
  { is: 'Lost', hostName: 'h1', loss: 'ClaimedByOther', provisioned: true },
  { is: 'NoAddress', message: 'IPAddressClaim blue-1-main has no address yet.' },
  { is: 'Releasing', hostName: 'h1', message: 'Giving the host back: it is on.' },
]

/** One line per condition: what `clusterctl describe` would show. */
const brief = (situation: Situation, owner = machineObject()) =>
  Object.fromEntries(
    Object.entries(verdictsFor(situation, owner)).map(([type, { status, reason }]) => [type, `${status} ${reason}`]),
  )

describe('the conditions of a KataMetalMachine', () => {
  it.each(situations)('are valid and use stable reasons: $is', situation => {
    for (const owner of [undefined, machineObject(), joined])
      for (const verdict of Object.values(verdictsFor(situation, owner))) {
        conditionSchema.parse({ type: 'Any', lastTransitionTime: '2026-01-01T00:00:00Z', ...verdict })
        expect([...machineReasons, ...Object.keys(errorTable)]).toContain(verdict.reason)
        expect(verdict.message).toMatch(/\.$/)
      }
  })

  it('say Ready only when the infrastructure is there', () => {
    const ready = situations.filter(situation => verdictsFor(situation, joined).Ready.status === 'True')
    expect(ready).toEqual([{ is: 'Claimed', host, provisioned: true, providerID }])
  })

  it('name the gate at Ready', () => {
    expect(brief(situations[0]!)).toEqual({
      Ready: 'False WaitingForClusterInfrastructure',
      HostClaimed: 'False WaitingForHost',
      BootstrapDataReady: 'True BootstrapDataReady',
      Provisioned: 'False WaitingForHost',
      NodeJoined: 'False WaitingForHost',
    })
    expect(brief(situations[1]!)).toMatchObject({ BootstrapDataReady: 'False WaitingForControlPlaneInitialized' })
  })

  it('tell the place in the queue, count why no host was free, and say what to do', () => {
    const { Ready, HostClaimed, BootstrapDataReady } = verdictsFor(situations[4]!, undefined)
    expect(HostClaimed).toMatchObject({
      reason: 'WaitingForHost',
      message: '2nd of 3 waiting for a host: of 2 hosts 2 in use.',
    })
    expect(Ready).toMatchObject({
      reason: 'NoHostAvailable',
      message: `No free host matches (2nd of 3 waiting): of 2 hosts 2 in use. ${errorTable.NoHostAvailable.remedy}`,
    })
    expect(BootstrapDataReady.status).toBe('True')
  })

  it('do not speak of a queue that leads nowhere', () => {
    const message = 'of 2 hosts 2 too few cores'
    const { Ready, HostClaimed } = verdictsFor({ is: 'NoHost', message, turn: undefined }, undefined)
    expect(HostClaimed).toEqual(Ready)
    expect(Ready).toMatchObject({
      reason: 'NoHostAvailable',
      message: `No host fits: ${message}. ${errorTable.NoHostAvailable.remedy}`,
    })
  })

  it('tell the step of the host while it is provisioned, and its trouble when it has any', () => {
    expect(verdictsFor(situations[5]!, undefined).Provisioned).toMatchObject({
      reason: 'Provisioning',
      message: 'Host h1 is Provisioning/WriteImage: the agent writes.',
    })
    const broken = hostObject('h1', {
      status: { conditions: [condition('Ready', 'False', 'ImageChecksumMismatch', 'The digest differs.')] },
    })
    expect(verdictsFor({ is: 'Claimed', host: broken, provisioned: false, providerID }, undefined).Ready).toEqual({
      status: 'False',
      reason: 'ImageChecksumMismatch',
      message: 'Host h1: The digest differs.',
    })
  })

  it('stay Ready when the host of a running Node has passing trouble', () => {
    const troubled = hostObject('h1', { status: { conditions: [condition('Ready', 'False', 'BMCUnreachable')] } })
    expect(brief({ is: 'Claimed', host: troubled, provisioned: true, providerID }, joined)).toMatchObject({
      Ready: 'True Ready',
      NodeJoined: 'True NodeJoined',
    })
  })

  it('show the providerID that the Node must have until it has been seen', () => {
    const { NodeJoined } = verdictsFor(situations[6]!, machineObject())
    expect(NodeJoined).toMatchObject({ status: 'False', reason: 'WaitingForNode' })
    expect(NodeJoined.message).toContain(providerID)
  })

  it('keep Provisioned when the host is lost afterwards', () => {
    expect(brief(situations[8]!)).toMatchObject({ Ready: 'False HostLost', Provisioned: 'True Provisioned' })
    expect(brief(situations[7]!)).toMatchObject({ Ready: 'False HostLost', Provisioned: 'False HostLost' })
  })
})

describe('a host', () => {
  it('counts as installed once its system is written and its boot was triggered', () => {
    expect(hostStates.filter(state => isInstalled(hostObject('h1', { status: { state } })))).toEqual([
      'Joining',
      'InService',
      'Servicing',
    ])
  })
})

describe('the bootstrap Secret', () => {
  const data = (fields: Record<string, string>) => ({
    data: Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  })

  it.each([
    ['without a format', { value: '#cloud-config' }],
    ['in the format cloud-config', { value: '#cloud-config', format: 'cloud-config' }],
    ['with a line end after the format', { value: '', format: 'cloud-config\n' }],
  ])('can be used %s', (_title, fields) => {
    expect(bootstrapProblem('boot', data(fields))).toBeUndefined()
  })

  it('is refused when it is missing, has no value or an unknown format, without a word of its contents', () => {
    expect(bootstrapProblem('boot', undefined)).toMatchObject({ code: 'UserDataMissing' })
    expect(bootstrapProblem('boot', {})).toMatchObject({ code: 'UserDataMissing' })
    expect(bootstrapProblem('boot', data({ value: 'secret', format: 'ignition' }))).toEqual({
      code: 'BootstrapFormatUnknown',
      message: 'The format of the bootstrap Secret boot is ignition',
    })
    expect(bootstrapProblem('boot', data({ value: 'x', format: 'token: hunter2' }))?.message).not.toContain('hunter2')
  })
})

describe('the status that is written', () => {
  const now = Date.UTC(2026, 0, 2)
  const decisions = decisionsOf(verdictsFor(situations[5]!, undefined))
  const object = kataMetalMachineObject({ metadata: { generation: 3 } })

  it('records host, addresses and failure domain, and for which generation it was decided', () => {
    const addresses = [{ type: 'InternalIP', address: '192.0.2.7' }] as const
    const found = hostObject('h1', { status: { addresses: [...addresses] } })
    const status = statusWith(object, decisions, { host: found, provisioned: true, failureDomain: 'east' }, now)
    expect(status).toMatchObject({
      host: { name: 'h1', namespace: 'site' },
      addresses,
      failureDomain: 'east',
      initialization: { provisioned: true },
    })
    expect(status.conditions?.map(({ type }) => type)).toEqual([
      'Ready',
      'HostClaimed',
      'BootstrapDataReady',
      'Provisioned',
      'NodeJoined',
    ])
    expect(status.conditions?.every(({ observedGeneration }) => observedGeneration === 3)).toBe(true)
  })

  it('is not written again when nothing changed, however much later it is', () => {
    const status = statusWith(object, decisions, { host }, now)
    const after = { ...object, status }
    expect(statusPatch(object, status)).toMatchObject({ metadata: { resourceVersion: '1' } })
    expect(statusPatch(after, statusWith(after, decisions, { host }, now + 60_000))).toBeUndefined()
  })

  it('keeps the time of a condition whose message changed but whose status did not', () => {
    const first = statusWith(object, decisions, {}, now)
    const moved: Situation = {
      is: 'Claimed',
      host: hostObject('h1', { status: { state: 'Preparing' } }),
      provisioned: false,
      providerID,
    }
    const second = statusWith(
      { ...object, status: first },
      decisionsOf(verdictsFor(moved, undefined)),
      {},
      now + 60_000,
    )
    expect(second.conditions?.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual(
      first.conditions?.map(({ lastTransitionTime }) => lastTransitionTime),
    )
  })

  it('never takes provisioned back', () => {
    const done = { ...object, status: { initialization: { provisioned: true } } }
    expect(statusWith(done, decisions, {}, now).initialization).toEqual({ provisioned: true })
  })
})
