import { describe, expect, it } from 'vitest'
import { pluralOf } from './plural.js'

describe('the plural of a kind', () => {
  it.each([
    ['BareMetalHost', 'baremetalhosts'],
    ['HostInventory', 'hostinventories'],
    ['KataMetalMachineTemplate', 'katametalmachinetemplates'],
    ['KataMetalRemediation', 'katametalremediations'],
    ['Gateway', 'gateways'],
  ])('of %s is %s', (kind, plural) => {
    expect(pluralOf(kind)).toBe(plural)
  })

  it.each(['HostStatus', 'Mesh', 'ServerBox', 'Criterion', 'Datum', 'Leaf', 'Hero'])('is not guessed for %s', kind => {
    expect(() => pluralOf(kind)).toThrow('irregular')
  })
})
