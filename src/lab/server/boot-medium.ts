import { type BootSettings, bootSettingsSchema, settingsBlockBytes, settingsMagic } from '../../deploy/protocol.js'
import { HttpsClient } from './https-client.js'

const magic = Buffer.from(settingsMagic)

/**
 * Reads a boot medium until its settings block, as a machine that boots from it would; undefined when there is no
 * medium (any status but 200) or no usable block in it. Trusts any certificate, as a BMC does for virtual media.
 */
export const readBootMedium = async (url: string, signal: AbortSignal): Promise<BootSettings | undefined> => {
  const client = new HttpsClient('anybody', signal)
  try {
    const response = await client.stream(url)
    if (response.statusCode !== 200) {
      response.destroy()
      return undefined
    }
    return await findSettings(response as AsyncIterable<Buffer>)
  } finally {
    client.close()
  }
}

/** Looks for the block in a stream of any length, keeping no more of it than a block. */
export const findSettings = async (stream: AsyncIterable<Buffer>): Promise<BootSettings | undefined> => {
  let window: Buffer = Buffer.alloc(0)
  for await (const chunk of stream) {
    window = Buffer.concat([window, chunk])
    for (let at = window.indexOf(magic); at !== -1; at = window.indexOf(magic)) {
      if (window.length < at + settingsBlockBytes) {
        window = window.subarray(at)
        break
      }
      const settings = parseBlock(window.subarray(at, at + settingsBlockBytes))
      if (settings !== undefined) return settings
      window = window.subarray(at + magic.length)
    }
    if (window.indexOf(magic) === -1) window = window.subarray(-magic.length)
  }
  return parseBlock(window)
}

const parseBlock = (block: Buffer): BootSettings | undefined => {
  if (block.indexOf(magic) !== 0) return undefined
  try {
    return bootSettingsSchema.parse(JSON.parse(block.subarray(magic.length).toString().trim()))
  } catch {
    return undefined
  }
}
