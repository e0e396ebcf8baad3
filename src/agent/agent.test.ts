import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.js'
import type { AgentPlan, AgentResult } from '../deploy/protocol.js'
import { type AgentWorld, runAgent, type Task } from './agent.js'
import { AgentLog } from './agent-log.js'
import type { Answer } from './manager-client.js'
import { Watchdog } from './watchdog.js'

const write: Task = {
  action: 'write-image',
  taskID: 'op.write.0',
  device: '/dev/vda',
  image: { url: 'http://images/a', checksumType: 'sha256' },
}
const wait: AgentPlan = { action: 'wait' }
const off: AgentPlan = { action: 'power-off' }
const done: AgentResult = { taskID: write.taskID, ok: true }

/** A manager that answers from a script: a plan, a status, or a broken connection. */
type Step = AgentPlan | number | Error

const manager = (script: readonly Step[]) => {
  const asked: string[] = []
  const told: { path: string; json: unknown }[] = []
  let next = 0
  return {
    asked,
    told,
    send: async (method: string, path: string, json?: unknown): Promise<Answer> => {
      if (path === 'log' || path === 'progress') {
        told.push({ path, json })
        return { status: 200, text: '{}' }
      }
      asked.push(`${method} ${path}`)
      if (json !== undefined) told.push({ path, json })
      const step = script[next++]
      if (step === undefined) throw new Error('the script is over')
      if (step instanceof Error) throw step
      return typeof step === 'number' ? { status: step, text: '' } : { status: 200, text: JSON.stringify(step) }
    },
  }
}

const start = (script: readonly Step[], more: Partial<AgentWorld> = {}) => {
  const clock = new ManualClock()
  const spoken: string[] = []
  const client = manager(script)
  const carriedOut: string[] = []
  const ended = runAgent({
    client,
    hello: async () => ({ agentVersion: '1', bootID: 'b', inventory: { drives: [] } }),
    carryOut: async task => {
      carriedOut.push(task.taskID)
      return done
    },
    watchdog: new Watchdog(clock, 10 * 60_000),
    clock,
    log: new AgentLog(clock, line => spoken.push(line)),
    signal: new AbortController().signal,
    ...more,
  })
  const outcome = ended.then(
    () => 'off',
    (error: unknown) => error,
  )
  let over = false
  void outcome.then(() => (over = true))
  /** Moves the clock until the agent has ended. */
  const end = async (): Promise<unknown> => {
    for (let turn = 0; turn < 5_000 && !over; turn++) {
      await clock.advance(1_000)
      await new Promise(resolve => setImmediate(resolve))
    }
    return outcome
  }
  return { client, clock, spoken, carriedOut, end }
}

describe('the deploy agent', () => {
  it('says hello, waits, does its task, tells the result, and ends when the manager wants the server off', async () => {
    const agent = start([wait, wait, write, off])
    expect(await agent.end()).toBe('off')
    expect(agent.client.asked).toEqual(['POST hello', 'GET plan', 'GET plan', 'POST result'])
    expect(agent.client.told).toContainEqual({ path: 'result', json: done })
  })

  it('does a task once, however often it is asked for, and tells the same result again', async () => {
    const agent = start([write, 409, write, off])
    expect(await agent.end()).toBe('off')
    expect(agent.carriedOut).toEqual([write.taskID])
    expect(agent.client.asked).toEqual(['POST hello', 'POST result', 'POST hello', 'POST result'])
  })

  it('waits for another plan when the manager has not decided yet', async () => {
    const agent = start([write, write, off])
    expect(await agent.end()).toBe('off')
    expect(agent.client.asked).toEqual(['POST hello', 'POST result', 'GET plan'])
    expect(agent.carriedOut).toEqual([write.taskID])
  })

  it('keeps trying while the manager is away, and greets one that was restarted', async () => {
    const agent = start([new Error('ECONNREFUSED'), 503, 409, wait, new Error('ECONNRESET'), 409, off])
    expect(await agent.end()).toBe('off')
    expect(agent.client.asked.filter(what => what === 'POST hello')).toHaveLength(5)
    expect(agent.spoken.join('\n')).toContain('ECONNREFUSED')
  })

  it('greets the manager again when a task cannot be done yet', async () => {
    const results = [undefined, done]
    const agent = start([write, write, off], { carryOut: async () => results.shift() })
    expect(await agent.end()).toBe('off')
    expect(agent.client.asked).toEqual(['POST hello', 'POST hello', 'POST result'])
  })

  it('ends at once when its operation is over or its token is refused', async () => {
    for (const status of [403, 410]) {
      const agent = start([wait, status])
      expect(await agent.end()).toBe('off')
      expect(agent.spoken.at(-1)).toContain('wants this server off')
    }
  })

  it('gives up with the reason after minutes without a manager', async () => {
    const agent = start(Array.from({ length: 2_000 }, () => new Error('ETIMEDOUT')))
    expect(await agent.end()).toMatchObject({ code: 'DeadlineExceeded', seen: expect.stringContaining('ETIMEDOUT') })
    expect(agent.clock.now()).toBeGreaterThanOrEqual(10 * 60_000)
  })

  it('gives up when the manager has no task for it', async () => {
    const clock = new ManualClock()
    const agent = start([], {
      clock,
      watchdog: new Watchdog(clock, 600_000),
      client: {
        send: async () => {
          await clock.advance(20_000)
          return { status: 200, text: JSON.stringify(wait) }
        },
      },
    })
    expect(await agent.end()).toMatchObject({
      code: 'DeadlineExceeded',
      seen: 'the manager has no task for this server',
    })
  })

  it('tells how far a task is once a second, and ships its log', async () => {
    let finish: () => void = () => undefined
    const agent = start([write, off], {
      carryOut: async (_task, progress) => {
        progress({ phase: 'Writing', bytes: 7, totalBytes: 9 })
        await new Promise<void>(resolve => (finish = resolve))
        return done
      },
    })
    for (let second = 0; second < 5; second++) {
      await agent.clock.advance(1_000)
      await new Promise(resolve => setImmediate(resolve))
    }
    const reports = agent.client.told.filter(({ path }) => path === 'progress')
    expect(reports.length).toBeGreaterThanOrEqual(3)
    expect(reports[0]?.json).toEqual({ taskID: write.taskID, phase: 'Writing', bytes: 7, totalBytes: 9 })
    finish()
    await agent.end()
    const lines = agent.client.told.flatMap(({ path, json }) =>
      path === 'log' ? (json as { lines: { text: string }[] }).lines : [],
    )
    expect(lines.map(({ text }) => text)).toContain('task op.write.0: done')
  })
})
