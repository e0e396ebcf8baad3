import { randomBytes } from 'node:crypto'
import { request } from 'node:https'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority, issueCertificate } from '../base/certificates.js'
import { type Clock, systemClock } from '../base/clock.js'
import { createLogger } from '../base/log.js'
import { ManualClock } from '../../test/support/manual-clock.js'
import { bootImageFrom } from './boot-image.js'
import type { OperationRequest } from './operations.js'
import { type AgentPlan, bootSettingsSchema, type PhoneHome, settingsBlockBytes, settingsMagic } from './protocol.js'
import { type DeployServer, startDeployServer } from './server.js'
import { createTokens } from './tokens.js'

const key = randomBytes(32)
const tokens = createTokens(key)
const lead = 5000
const image = Buffer.concat([
  Buffer.alloc(lead, 'a'),
  Buffer.from(settingsMagic.padEnd(settingsBlockBytes, ' ')),
  Buffer.alloc(70_000, 'z'),
])

let server: DeployServer
let ca: string
let logged: string
let phoned: PhoneHome[]
let phoneHomeFails: boolean
let news: string[]

const start = async (clock: Clock): Promise<DeployServer> => {
  const authority = await createAuthority('katametal', Date.now())
  ca = authority.cert
  return startDeployServer({
    address: '127.0.0.1',
    port: 0,
    tls: await issueCertificate(authority, { commonName: 'manager', hosts: ['127.0.0.1'] }, Date.now()),
    ca,
    tokenKey: key,
    bootImages: { iso: await bootImageFrom(image) },
    clock,
    log: createLogger('trace', { write: line => void (logged += line) }),
  })
}

beforeEach(async () => {
  logged = ''
  phoned = []
  phoneHomeFails = false
  news = []
  server = await start(systemClock)
  server.onNews(host => news.push(host))
})

afterEach(() => server.stop())

const operation = (id: string, more: Partial<OperationRequest> = {}): OperationRequest => ({
  id,
  host: 'default/one',
  mac: '02:00:00:00:00:01',
  network: undefined,
  bootData: async () => ({ userData: Buffer.from([0, 255, 10]), metaData: { 'instance-id': id } }),
  recordPhoneHome: async report => {
    if (phoneHomeFails) throw new Error('the API server is away')
    phoned.push(report)
  },
  ...more,
})

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
  json: () => Record<string, unknown> & { userData: string; message: string; code: string }
}

const call = (
  method: string,
  path: string,
  options: { token?: string; body?: unknown; headers?: object; signal?: AbortSignal } = {},
) =>
  new Promise<Answer>((resolve, reject) => {
    const url = path.startsWith('https:') ? path : server.url + path
    const sent = request(
      url,
      {
        method,
        ca,
        agent: false,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        headers: {
          ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
          ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
        },
      },
      response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const body = Buffer.concat(chunks)
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body,
            json: () => JSON.parse(body.toString()),
          })
        })
      },
    ).on('error', reject)
    sent.end(options.body === undefined ? undefined : JSON.stringify(options.body))
  })

const at = (id: string, what: string) => `/v1/operations/${id}/${what}`
const hello = { agentVersion: '1', bootID: 'b', inventory: { drives: [{ deviceName: '/dev/sda', sizeBytes: 5 }] } }
const agent = (id: string) => tokens.tokenFor(id, 'agent')

describe('the agent API', () => {
  it('refuses a missing token with 401, and a foreign or wrongly purposed one with 403', async () => {
    server.begin(operation('op'))
    for (const token of [
      undefined,
      'nonsense',
      agent('other'),
      tokens.tokenFor('op', 'media'),
      tokens.tokenFor('op', 'first-boot'),
    ]) {
      const answer = await call('POST', at('op', 'hello'), { body: hello, ...(token === undefined ? {} : { token }) })
      expect([token, answer.status, answer.json().code]).toEqual([
        token,
        token === undefined ? 401 : 403,
        'AgentTokenRefused',
      ])
    }
  })

  it('asks an agent with a right token to say hello again while its operation is not open yet', async () => {
    const early = await call('POST', at('op', 'hello'), { token: agent('op'), body: hello })
    expect([early.status, early.headers['retry-after']]).toEqual([409, '1'])
    server.begin(operation('op'))
    expect((await call('GET', at('op', 'plan'), { token: agent('op') })).status).toBe(409)
    expect((await call('POST', at('op', 'hello'), { token: agent('op'), body: hello })).json()).toEqual({
      action: 'wait',
    })
  })

  it('keeps what the agent said, and tells the host about it', async () => {
    server.begin(operation('op'))
    await call('POST', at('op', 'hello'), { token: agent('op'), body: hello })
    await call('POST', at('op', 'progress'), { token: agent('op'), body: { taskID: 't', phase: 'Writing', bytes: 7 } })
    await call('POST', at('op', 'result'), { token: agent('op'), body: { taskID: 't', ok: true, digest: 'd' } })
    const seen = server.seen('op')
    expect(seen.hello?.inventory.drives[0]?.deviceName).toBe('/dev/sda')
    expect(seen.progress?.bytes).toBe(7)
    expect(seen.result('t')).toMatchObject({ ok: true, digest: 'd' })
    expect(news).toEqual(['default/one', 'default/one', 'default/one'])
  })

  it('answers a long poll as soon as the plan changes, and at once while there is work', async () => {
    server.begin(operation('op'))
    await call('POST', at('op', 'hello'), { token: agent('op'), body: hello })
    const poll = call('GET', at('op', 'plan'), { token: agent('op') })
    const wipe: AgentPlan = { action: 'wipe', taskID: 'w', level: 'metadata', keep: [] }
    await new Promise(resolve => setTimeout(resolve, 50))
    server.setPlan('op', wipe)
    expect((await poll).json()).toEqual(wipe)
    expect((await call('GET', at('op', 'plan'), { token: agent('op') })).json()).toEqual(wipe)
  })

  it('answers a long poll after twenty seconds even when nothing changed', async () => {
    const clock = new ManualClock()
    await server.stop()
    server = await start(clock)
    server.begin(operation('op'))
    await call('POST', at('op', 'hello'), { token: agent('op'), body: hello })
    const poll = call('GET', at('op', 'plan'), { token: agent('op') })
    while (clock.pending === 0) await new Promise(resolve => setTimeout(resolve, 5))
    await clock.advance(20_000)
    expect((await poll).json()).toEqual({ action: 'wait' })
    expect(clock.pending).toBe(0)
  })

  it('holds a long poll whose task was answered already', async () => {
    server.begin(operation('op'))
    await call('POST', at('op', 'hello'), { token: agent('op'), body: hello })
    server.setPlan('op', { action: 'wipe', taskID: 'w', level: 'metadata', keep: [] })
    await call('POST', at('op', 'result'), { token: agent('op'), body: { taskID: 'w', ok: true } })
    let answered = false
    const poll = call('GET', at('op', 'plan'), { token: agent('op') }).then(answer => {
      answered = true
      return answer
    })
    await new Promise(resolve => setTimeout(resolve, 80))
    expect(answered).toBe(false)
    server.setPlan('op', { action: 'power-off' })
    expect((await poll).json()).toEqual({ action: 'power-off' })
  })

  it('ends the long polls of an operation that ends', async () => {
    server.begin(operation('op'))
    await call('POST', at('op', 'hello'), { token: agent('op'), body: hello })
    const poll = call('GET', at('op', 'plan'), { token: agent('op') })
    await new Promise(resolve => setTimeout(resolve, 50))
    server.end('op')
    // On a busy machine the poll may arrive after the end.
    expect([200, 410]).toContain((await poll).status)
    expect((await call('GET', at('op', 'plan'), { token: agent('op') })).status).toBe(410)
  })

  it('names the field of a message that makes no sense', async () => {
    server.begin(operation('op'))
    const answer = await call('POST', at('op', 'hello'), { token: agent('op'), body: { agentVersion: 5 } })
    expect([answer.status, answer.json().message]).toEqual([400, expect.stringContaining('agentVersion')])
  })

  it('refuses a message larger than a mebibyte', async () => {
    server.begin(operation('op'))
    const answer = await call('POST', at('op', 'hello'), { token: agent('op'), body: { junk: 'x'.repeat(1_100_000) } })
    expect(answer.status).toBe(413)
  })

  it('keeps what was said when the same operation is begun again', async () => {
    server.begin(operation('op'))
    await call('POST', at('op', 'hello'), { token: agent('op'), body: hello })
    server.begin(operation('op', { bootData: undefined }))
    expect(server.seen('op').hello).toBeDefined()
  })

  it('knows when it heard of the agent last, and counts one that waits for a plan as being on the line', async () => {
    expect(server.seen('op').heardAt).toBeUndefined()
    server.begin(operation('op'))
    const opened = server.seen('op').heardAt ?? 0
    expect(Date.now() - opened).toBeLessThan(5_000)
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(server.seen('op').heardAt).toBe(opened)
    await call('POST', at('op', 'hello'), { token: agent('op'), body: hello })
    const greeted = server.seen('op').heardAt ?? 0
    expect(greeted).toBeGreaterThan(opened)
    const hangUp = new AbortController()
    const poll = call('GET', at('op', 'plan'), { token: agent('op'), signal: hangUp.signal }).catch(() => 'hung up')
    await expect.poll(() => server.seen('op').heardAt).toBeGreaterThan(greeted)
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(Date.now() - (server.seen('op').heardAt ?? 0)).toBeLessThan(50)
    hangUp.abort()
    expect(await poll).toBe('hung up')
    await expect.poll(() => Date.now() - (server.seen('op').heardAt ?? 0)).toBeGreaterThan(100)
  })

  it('forgets an agent that is gone, but not what it did, and offers its server the boot medium again', async () => {
    server.begin(operation('op'))
    await call('POST', at('op', 'hello'), { token: agent('op'), body: hello })
    await call('POST', at('op', 'result'), { token: agent('op'), body: { taskID: 't', ok: true } })
    server.forgetAgent('op')
    expect(server.seen('op').hello).toBeUndefined()
    expect(server.seen('op').result('t')).toMatchObject({ ok: true })
    expect((await call('GET', '/v1/netboot/02:00:00:00:00:01')).status).toBe(200)
    expect((await call('GET', at('op', 'plan'), { token: agent('op') })).status).toBe(409)
  })
})

describe('boot data', () => {
  const open = async () => {
    server.begin(operation('op'))
    await call('POST', at('op', 'hello'), { token: agent('op'), body: hello })
  }

  it('is served byte for byte during the handover, and only once', async () => {
    await open()
    expect((await call('GET', at('op', 'bootdata'), { token: agent('op') })).status).toBe(409)
    server.setPlan('op', { action: 'handover', taskID: 'h', device: '/dev/sda' })
    const first = await call('GET', at('op', 'bootdata'), { token: agent('op') })
    expect(first.status).toBe(200)
    expect(Buffer.from(first.json().userData, 'base64')).toEqual(Buffer.from([0, 255, 10]))
    expect(first.json().metaData).toBe('instance-id: op\n')
    expect(first.json().phoneHomeURL).toBe(server.url + at('op', 'phone-home'))
    expect((await call('GET', at('op', 'bootdata'), { token: agent('op') })).status).toBe(410)
  })

  it('is served to one reader, however many ask at the same moment', async () => {
    let release: () => void = () => undefined
    const made = new Promise<void>(resolve => (release = resolve))
    server.begin(
      operation('op', {
        bootData: async () => {
          await made
          return { userData: Buffer.from('x'), metaData: {} }
        },
      }),
    )
    await call('POST', at('op', 'hello'), { token: agent('op'), body: hello })
    server.setPlan('op', { action: 'handover', taskID: 'h', device: '/dev/sda' })
    const readers = [1, 2, 3].map(() => call('GET', at('op', 'bootdata'), { token: agent('op') }))
    const first = await Promise.race(readers)
    release()
    expect(first.status).toBe(410)
    expect((await Promise.all(readers)).map(({ status }) => status).sort()).toEqual([200, 410, 410])
  })

  it('is gone with its operation, and was never there for the token of another host', async () => {
    await open()
    server.setPlan('op', { action: 'handover', taskID: 'h', device: '/dev/sda' })
    expect((await call('GET', at('op', 'bootdata'), { token: agent('other') })).status).toBe(403)
    server.end('op')
    expect((await call('GET', at('op', 'bootdata'), { token: agent('op') })).status).toBe(410)
  })

  it('is served again for another try of the handover', async () => {
    await open()
    for (const taskID of ['h1', 'h2']) {
      server.setPlan('op', { action: 'handover', taskID, device: '/dev/sda' })
      expect((await call('GET', at('op', 'bootdata'), { token: agent('op') })).status).toBe(200)
    }
  })

  it('says which code stopped it, and nothing of the data, when it cannot be made', async () => {
    server.begin(operation('op', { bootData: () => Promise.reject(new Error('secret value')) }))
    await call('POST', at('op', 'hello'), { token: agent('op'), body: hello })
    server.setPlan('op', { action: 'handover', taskID: 'h', device: '/dev/sda' })
    const answer = await call('GET', at('op', 'bootdata'), { token: agent('op') })
    expect([answer.status, answer.json().code]).toEqual([500, 'Internal'])
    expect(answer.body.toString()).not.toContain('secret value')
  })
})

describe('the report of the first boot', () => {
  const report = { hostName: 'one', bootstrap: 'succeeded' }

  it('is stored before it is acknowledged', async () => {
    server.begin(operation('op'))
    const answer = await call('POST', at('op', 'phone-home'), {
      token: tokens.tokenFor('op', 'first-boot'),
      body: report,
    })
    expect(answer.status).toBe(200)
    expect(phoned).toEqual([{ ...report, addresses: [] }])
  })

  it('is asked for again when it could not be stored', async () => {
    server.begin(operation('op'))
    phoneHomeFails = true
    const answer = await call('POST', at('op', 'phone-home'), {
      token: tokens.tokenFor('op', 'first-boot'),
      body: report,
    })
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1'])
  })

  it('is not accepted with the token of the agent', async () => {
    server.begin(operation('op'))
    expect((await call('POST', at('op', 'phone-home'), { token: agent('op'), body: report })).status).toBe(403)
  })
})

describe('the log of the agent', () => {
  it('goes to whoever opened the operation', async () => {
    const lines: object[] = []
    server.begin(operation('op', { logged: given => lines.push(...given) }))
    await call('POST', at('op', 'hello'), { token: agent('op'), body: hello })
    const line = { time: '2026-01-01T00:00:00Z', text: 'writing' }
    expect((await call('POST', at('op', 'log'), { token: agent('op'), body: { lines: [line] } })).status).toBe(200)
    expect(lines).toEqual([line])
  })
})

describe('boot media', () => {
  const settingsIn = (bytes: Buffer) => {
    const from = bytes.indexOf(settingsMagic) + settingsMagic.length
    return bootSettingsSchema.parse(JSON.parse(bytes.subarray(from, lead + settingsBlockBytes).toString()))
  }

  it('is the base image with the settings of the operation in the block, and the same length', async () => {
    server.begin(operation('op', { network: 'version: 2' }))
    const answer = await call('GET', server.mediaURL('op'))
    expect(answer.body.length).toBe(image.length)
    expect(answer.body.subarray(0, lead)).toEqual(image.subarray(0, lead))
    expect(answer.body.subarray(lead + settingsBlockBytes)).toEqual(image.subarray(lead + settingsBlockBytes))
    expect(settingsIn(answer.body)).toMatchObject({
      url: `${server.url}/v1/operations/op`,
      token: agent('op'),
      ca,
      network: 'version: 2',
    })
  })

  it('gives any byte range of the same bytes', async () => {
    server.begin(operation('op'))
    const whole = (await call('GET', server.mediaURL('op'))).body
    for (const [range, start, end] of [
      ['bytes=0-9', 0, 9],
      ['bytes=4990-5100', 4990, 5100],
      [`bytes=${lead + 100}-${lead + 120}`, lead + 100, lead + 120],
      ['bytes=-10', whole.length - 10, whole.length - 1],
      ['bytes=90000-', 90000, whole.length - 1],
      ['bytes=0-99999999', 0, whole.length - 1],
    ] as const) {
      const part = await call('GET', server.mediaURL('op'), { headers: { range } })
      expect([range, part.status, part.headers['content-range']]).toEqual([
        range,
        206,
        `bytes ${start}-${end}/${whole.length}`,
      ])
      expect(part.body).toEqual(whole.subarray(start, end + 1))
    }
    const beyond = await call('GET', server.mediaURL('op'), { headers: { range: 'bytes=9999999-' } })
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, `bytes */${whole.length}`])
  })

  it('tells length and ranges on HEAD without sending bytes', async () => {
    server.begin(operation('op'))
    const answer = await call('HEAD', server.mediaURL('op'))
    expect([
      answer.status,
      answer.headers['content-length'],
      answer.headers['accept-ranges'],
      answer.body.length,
    ]).toEqual([200, String(image.length), 'bytes', 0])
  })

  it('is gone with the operation, and was never there for a wrong token', async () => {
    server.begin(operation('op'))
    const url = server.mediaURL('op')
    expect((await call('GET', url.replace(/\/[^/]+\/boot\.iso$/, '/wrong/boot.iso'))).status).toBe(404)
    expect((await call('GET', server.mediaURL('not-yet'))).status).toBe(503)
    server.end('op')
    expect((await call('GET', url)).status).toBe(410)
  })

  it('is found by MAC for network boot until the agent has called', async () => {
    expect((await call('GET', '/v1/netboot/02:00:00:00:00:01')).status).toBe(404)
    server.begin(operation('op'))
    expect(settingsIn((await call('GET', '/v1/netboot/02:00:00:00:00:01')).body).token).toBe(agent('op'))
    await call('POST', at('op', 'hello'), { token: agent('op'), body: hello })
    expect((await call('GET', '/v1/netboot/02:00:00:00:00:01')).status).toBe(404)
  })
})

describe('secrets', () => {
  it('do not appear in the log, whatever is asked', async () => {
    server.begin(operation('op', { bootData: () => Promise.reject(new Error('no')) }))
    await call('POST', at('op', 'hello'), { token: agent('op'), body: hello })
    server.setPlan('op', { action: 'handover', taskID: 'h', device: '/dev/sda' })
    await call('GET', at('op', 'bootdata'), { token: agent('op') })
    await call('GET', server.mediaURL('op'))
    await call('POST', at('op', 'hello'), { token: 'wrong-token-value', body: hello })
    for (const secret of [
      agent('op'),
      tokens.tokenFor('op', 'media'),
      tokens.tokenFor('op', 'first-boot'),
      'wrong-token-value',
      key.toString('base64'),
    ])
      expect(logged).not.toContain(secret)
    expect(logged).toContain('a request of an agent failed')
  })
})
