import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAuthority, issueCertificate } from '../../src/base/certificates.js'
import { type AgentPlan, type BootData, settingsBlockBytes, settingsMagic } from '../../src/deploy/protocol.js'
import type { FreeJson } from './bmc-client.js'

/** One small HTTPS server that plays manager, image server and Kubernetes API for a simulated server. */
export interface DeployStandIn {
  readonly url: string
  readonly ca: string
  readonly token: string
  /** Names and bodies of what the server sent, in order. */
  readonly heard: readonly { readonly what: string; readonly body: FreeJson }[]
  /** Progress reports in order. */
  readonly progress: readonly FreeJson[]
  /** Node objects by name, as created and patched. */
  readonly nodes: Readonly<Record<string, FreeJson>>
  /** By last path segment: statuses to answer with, one after the other, before the usual answer. */
  readonly failNext: Map<string, number[]>
  bootData: BootData
  /** The only server that is offered network boot. */
  netbootMAC: string | undefined
  /** The CA in the boot settings; that of the stand-in unless changed. */
  bootSettingsCA: string
  setPlan(plan: AgentPlan): void
  /** The body of the next message of that kind which nobody has taken yet. */
  next(what: string): Promise<FreeJson>
  until(condition: () => boolean): Promise<void>
  stop(): Promise<void>
}

export const startDeployStandIn = async (image: Buffer): Promise<DeployStandIn> => {
  const authority = await createAuthority('stand-in authority', Date.now())
  const pair = await issueCertificate(authority, { commonName: 'stand-in', hosts: ['127.0.0.1'] }, Date.now())
  const token = 'operation-token-0123456789'
  const heard: { what: string; body: FreeJson }[] = []
  const taken = new Set<number>()
  const progress: FreeJson[] = []
  const nodes: Record<string, FreeJson> = {}
  const failNext = new Map<string, number[]>()
  let plan: AgentPlan = { action: 'wait' }
  const results = new Set<string>()
  const hasWork = () => plan.action === 'power-off' || (plan.action !== 'wait' && !results.has(plan.taskID))
  let planWaiters: (() => void)[] = []
  const waiters = new Set<() => void>()
  const changed = () => {
    for (const wake of waiters) wake()
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const body: FreeJson = text === '' ? undefined : JSON.parse(text)
    const path = request.url ?? ''
    const what = path.split('/').pop() ?? ''
    const answer = (status: number, json: unknown) => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json))
    }
    const failure = failNext.get(what)?.shift()
    if (failure !== undefined) return answer(failure, {})
    if (path === '/image') return void response.writeHead(200, { 'Content-Length': image.length }).end(image)
    if (path.startsWith('/media/')) return void response.writeHead(200).end(bootImage(self))
    if (path.startsWith('/netboot/') && what === self.netbootMAC)
      return void response.writeHead(200).end(bootImage(self))
    if (path.startsWith('/netboot/')) return answer(404, {})
    if (path.startsWith('/api/v1/nodes')) return answer(...nodeRequest(nodes, request.method ?? '', path, body))
    if (!(request.headers.authorization ?? '').endsWith(token)) return answer(401, {})
    if (what === 'progress') progress.push(body)
    else if (what !== 'plan') heard.push({ what, body })
    changed()
    if (what === 'bootdata') return answer(200, self.bootData)
    if (what === 'result') results.add(body.taskID)
    if (what === 'plan' && !hasWork())
      await new Promise<void>(resolve => {
        planWaiters.push(resolve)
      })
    answer(200, what === 'hello' || what === 'plan' || what === 'result' ? plan : {})
  }
  const server = createServer(pair, (request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const until = (condition: () => boolean): Promise<void> =>
    new Promise(resolve => {
      const look = () => {
        if (!condition()) return
        clearInterval(timer)
        waiters.delete(look)
        resolve()
      }
      const timer = setInterval(look, 10)
      waiters.add(look)
      look()
    })
  const self: DeployStandIn = {
    url,
    ca: authority.cert,
    token,
    heard,
    progress,
    nodes,
    failNext,
    bootData: {
      userData: Buffer.from(
        `#cloud-config\nkatametal_lab_join: ${JSON.stringify({
          server: url,
          caData: Buffer.from(authority.cert).toString('base64'),
          token: 'node-token',
          nodeName: 'node-0',
        })}\n`,
      ).toString('base64'),
      metaData: 'instance-id: op-1\nlocal-hostname: node-0\nprovider_id: katametal://lab/host-0\n',
      phoneHomeURL: `${url}/v1/operations/op-1/phone-home`,
      phoneHomeToken: token,
      ca: authority.cert,
    },
    netbootMAC: undefined,
    bootSettingsCA: authority.cert,
    setPlan: next => {
      plan = next
      results.clear()
      for (const wake of planWaiters.splice(0)) wake()
    },
    next: async what => {
      const find = () => heard.findIndex((entry, index) => entry.what === what && !taken.has(index))
      await until(() => find() !== -1)
      const index = find()
      taken.add(index)
      return heard[index]?.body
    },
    until,
    stop: async () => {
      planWaiters = []
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
  return self
}

/** An image with the settings block somewhere in its middle. */
const bootImage = ({ url, token, bootSettingsCA }: DeployStandIn): Buffer => {
  const settings = { version: 1, url: `${url}/v1/operations/op-1`, token, ca: bootSettingsCA }
  const block = Buffer.alloc(settingsBlockBytes, ' ')
  block.write(settingsMagic + JSON.stringify(settings))
  return Buffer.concat([Buffer.alloc(70_001, 'x'), block, Buffer.alloc(5000, 'y')])
}

const nodeRequest = (
  nodes: Record<string, FreeJson>,
  method: string,
  path: string,
  body: FreeJson,
): [number, unknown] => {
  if (method === 'POST') {
    const name = String(body.metadata.name)
    if (nodes[name] !== undefined) return [409, {}]
    nodes[name] = body
    return [201, body]
  }
  const name = path.split('/')[4] ?? ''
  if (nodes[name] === undefined) return [404, {}]
  nodes[name] = { ...nodes[name], ...body }
  return [200, nodes[name]]
}
