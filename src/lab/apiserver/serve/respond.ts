import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** Answers with JSON text that exists already. */
export const sendText = (
  response: ServerResponse,
  code: number,
  text: string,
  headers: OutgoingHttpHeaders = {},
): void => {
  if (response.headersSent || response.destroyed) return
  response.writeHead(code, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-cache, private',
    ...headers,
  })
  response.end(text)
}

export const sendJson = (
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
): void => sendText(response, code, JSON.stringify(body), headers)
