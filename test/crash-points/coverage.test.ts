import { describe, expect, it } from 'vitest'
import { hostMachine } from '../../src/controllers/host/lifecycle.js'
import { allLoops } from './loops.js'
import { commandsByPlace } from './statechart.js'

/** Only met when power is lost at the very moment; managers are killed at the same command in the places beside. */
const metByAccident = [
  'Provisioning.handover forgetAgent',
  'Deprovisioning.wipe forgetAgent',
  'Joining.bootstrap powerOn',
  'Servicing.apply powerOn',
]

const killedAt = new Set(
  allLoops.flatMap(({ cycles }) => cycles.flatMap(chapters => chapters.flatMap(({ commands }) => commands))),
)

describe('the crash points', () => {
  it('are at every command that the statechart asks for in any place', () => {
    expect(commandsByPlace().filter(command => !killedAt.has(command))).toEqual([...metByAccident].sort())
  })

  it('are only at commands that the statechart knows in that place', () => {
    const known = new Set(commandsByPlace())
    expect([...killedAt].filter(command => !known.has(command))).toEqual([])
  })

  it('include every command that the statechart declares', () => {
    const declared = Object.keys(hostMachine.implementations.actions)
    const killed = new Set([...killedAt].map(command => command.split(' ')[1]))
    expect(declared.filter(type => !killed.has(type))).toEqual([])
  })
})
