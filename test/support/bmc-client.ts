import { request } from 'node:https'
import { request as plainRequest, type IncomingHttpHeaders } from 'node:http'

/** Bodies of a BMC have no type of ours; tests look into them freely. */
export type FreeJson = ReturnType<typeof JSON.parse>

export interface Seen {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: FreeJson
}

/** What a simulator says about itself. */
interface Target {
  readonly url: string
  readonly ca: string
}

export const credentials = { username: 'root', password: 'lab-secret' }

/** One request that trusts exactly the authority of the simulator; Basic login unless told otherwise. */
export const ask = (
  bmc: Target,
  method: string,
  path: string,
  options: { json?: unknown; text?: string; headers?: Record<string, string>; login?: boolean } = {},
): Promise<Seen> =>
  new Promise((resolve, reject) => {
    const { json, login = true } = options
    const sent = options.text ?? (json === undefined ? undefined : JSON.stringify(json))
    const basic = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')
    const headers = {
      ...(login ? { Authorization: `Basic ${basic}` } : {}),
      ...(sent === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(sent) }),
      ...options.headers,
    }
    const send = bmc.url.startsWith('https:') ? request : plainRequest
    send(`${bmc.url}${path}`, { method, headers, ca: bmc.ca, agent: false }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) })
      })
    })
      .on('error', reject)
      .end(sent)
  })

const parsed = (text: string): FreeJson => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The body of a GET that must answer 200. */
export const read = async (bmc: Target, path: string): Promise<FreeJson> => {
  const { status, body } = await ask(bmc, 'GET', path)
  if (status !== 200) throw new Error(`GET ${path} answered ${status}`)
  return body
}
