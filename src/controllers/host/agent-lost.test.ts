import { describe, expect, it } from 'vitest'
import type { PowerState } from '../../bmc/model.js'
import { isAgentLost } from './agent-lost.js'

const now = 1_000_000_000
const seconds = 1000

const lost = async (silentMs: number | undefined, power: PowerState | undefined) => {
  const asked: string[] = []
  const heardAt = silentMs === undefined ? undefined : now - silentMs
  const answer = await isAgentLost({ heardAt }, now, () => {
    asked.push('power')
    return Promise.resolve(power)
  })
  return { lost: answer, asked: asked.length }
}

describe('an agent that has a task', () => {
  it('is not doubted, and its BMC is left alone, while it speaks', async () => {
    expect(await lost(1 * seconds, 'Off')).toEqual({ lost: false, asked: 0 })
  })

  it('is not doubted before its operation is open: nobody could have heard it', async () => {
    expect(await lost(undefined, 'Off')).toEqual({ lost: false, asked: 0 })
  })

  it('is lost when it is silent and its server is off', async () => {
    expect(await lost(4 * seconds, 'Off')).toEqual({ lost: true, asked: 1 })
  })

  it.each(['On', 'PoweringOff', 'Unknown', undefined] as const)(
    'is waited for when it is silent and the power reads %s',
    async power => {
      expect(await lost(4 * seconds, power)).toEqual({ lost: false, asked: 1 })
    },
  )

  it('is lost after ten minutes of silence, whatever the power', async () => {
    expect(await lost(599 * seconds, 'On')).toEqual({ lost: false, asked: 1 })
    expect(await lost(600 * seconds, 'On')).toEqual({ lost: true, asked: 0 })
  })
})
