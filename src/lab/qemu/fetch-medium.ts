import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { HttpsClient } from '../server/https-client.js'

/** Fetches what a BMC was told to insert. Trusts anybody, as BMCs do. Throws when it is not answered with 200. */
export const fetchMedium = async (url: string, path: string, signal: AbortSignal): Promise<void> => {
  const client = new HttpsClient('anybody', signal)
  try {
    const response = await client.stream(url)
    if (response.statusCode !== 200) {
      response.destroy()
      throw new Error(`the medium was answered with ${response.statusCode ?? 0}`)
    }
    await pipeline(response, createWriteStream(path), { signal })
  } finally {
    client.close()
  }
}
