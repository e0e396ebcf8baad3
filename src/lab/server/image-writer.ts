import { createHash } from 'node:crypto'
import type { Clock } from '../../base/clock.js'
import { sleep } from '../../base/clock.js'
import { type ErrorCode, toKatametalError } from '../../base/errors.js'
import type { AgentPlan } from '../../deploy/protocol.js'
import type { Disk } from './disk.js'
import { HttpsClient } from './https-client.js'

type WritePlan = Extract<AgentPlan, { action: 'write-image' }>

export type WriteOutcome =
  | { readonly ok: true; readonly digest: string; readonly bytes: number }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string }

const progressEveryMs = 200

/**
 * Downloads the image of a plan in a stream, hashes it, and reports progress about every 200 ms; takes at least
 * `minimumMs`. Says truthfully what went wrong. The bytes themselves are not kept.
 */
export const downloadImage = async (
  plan: WritePlan,
  disk: Disk,
  options: {
    readonly clock: Clock
    readonly minimumMs: number
    readonly signal: AbortSignal
    readonly progress: (bytes: number, total: number | undefined) => Promise<void>
  },
): Promise<WriteOutcome> => {
  const { clock, minimumMs, signal, progress } = options
  const client = new HttpsClient('anybody', signal)
  const started = clock.now()
  try {
    const response = await client.stream(plan.image.url)
    if (response.statusCode !== 200) {
      response.destroy()
      return failed('ImageMissing', `${plan.image.url} answered ${response.statusCode ?? 0}`)
    }
    const length = Number(response.headers['content-length'])
    const total = Number.isFinite(length) ? length : undefined
    const hash = createHash(plan.image.checksumType)
    let bytes = 0
    let reported = clock.now()
    for await (const chunk of response as AsyncIterable<Buffer>) {
      hash.update(chunk)
      bytes += chunk.length
      if (bytes > disk.spec.sizeBytes) return failed('AgentFailed', 'the image is larger than the disk')
      if (clock.now() - reported >= progressEveryMs) {
        reported = clock.now()
        await progress(bytes, total)
      }
    }
    if (total !== undefined && bytes !== total) return failed('ImageMissing', 'the image ended early')
    while (clock.now() - started < minimumMs) {
      await progress(bytes, total)
      await sleep(clock, Math.min(progressEveryMs, started + minimumMs - clock.now()), signal)
    }
    const digest = hash.digest('hex')
    return plan.image.checksum === undefined || digest === plan.image.checksum.toLowerCase()
      ? { ok: true, digest, bytes }
      : failed('ImageChecksumMismatch', `the image has ${plan.image.checksumType} ${digest}`)
  } catch (error) {
    if (signal.aborted) throw error
    return failed('ImageMissing', `${plan.image.url}: ${toKatametalError(error).message}`)
  } finally {
    client.close()
  }
}

const failed = (code: ErrorCode, message: string): WriteOutcome => ({ ok: false, code, message })
