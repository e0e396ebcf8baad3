import { afterEach, describe, expect, it } from 'vitest'
import { type DeployStandIn, startDeployStandIn } from '../../../test/support/deploy-stand-in.js'
import { createAuthority } from '../../base/certificates.js'
import { systemClock } from '../../base/clock.js'
import { joinNode } from './join.js'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

const start = async () => {
  const api = await startDeployStandIn(Buffer.alloc(0))
  stops.push(() => api.stop())
  return api
}

const joinOf = (api: DeployStandIn, ca = api.ca) => ({
  server: `${api.url}/`,
  caData: Buffer.from(ca).toString('base64'),
  token: 'node-token',
  nodeName: 'node-7',
  providerID: 'katametal://lab/host-7',
})
const options = (signal = new AbortController().signal) => ({ clock: systemClock, readyAfterMs: 20, signal })

describe('the join of a simulated server', () => {
  it('makes a Node that is Ready only a while later', async () => {
    const api = await start()
    const joining = joinNode(joinOf(api), options())
    await api.until(() => api.nodes['node-7'] !== undefined)
    expect(api.nodes['node-7']).toMatchObject({ spec: { providerID: 'katametal://lab/host-7' } })
    await joining
    expect(api.nodes['node-7'].status.conditions[0]).toMatchObject({ type: 'Ready', status: 'True' })
  })

  it('revives a Node that is there already and leaves its spec alone', async () => {
    const api = await start()
    await joinNode(joinOf(api), options())
    const { spec } = api.nodes['node-7']
    await joinNode({ ...joinOf(api), providerID: 'katametal://lab/other' }, options())
    expect(api.nodes['node-7'].spec).toEqual(spec)
  })

  it('fails when the API refuses, in words without the token', async () => {
    const api = await start()
    api.failNext.set('nodes', [401])
    const failure = await joinNode(joinOf(api), options()).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'BootstrapFailed', seen: expect.stringContaining('401') })
    expect(String(failure)).not.toContain('node-token')
  })

  it('does not talk to an API that its CA does not vouch for', async () => {
    const api = await start()
    const stranger = await createAuthority('stranger', Date.now())
    await expect(joinNode(joinOf(api, stranger.cert), options())).rejects.toThrow(/certificate/)
    expect(api.nodes).toEqual({})
  })

  it('ends when power goes off', async () => {
    const api = await start()
    const power = new AbortController()
    const joining = joinNode(joinOf(api), { ...options(power.signal), readyAfterMs: 60_000 })
    await api.until(() => api.nodes['node-7'] !== undefined)
    power.abort()
    await expect(joining).rejects.toThrow()
    expect(api.nodes['node-7'].status).toBeUndefined()
  })
})
