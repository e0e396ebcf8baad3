import { describe, expect, it } from 'vitest'
import { createSpellings } from './spelling.js'

describe('the spelling of paths', () => {
  const spellings = createSpellings()
  spellings.learn('/redfish/v1/Systems/1/')

  it('is taken from what was answered, as far as it goes', () => {
    expect(spellings.respell('/redfish/v1/systems/1/bios/')).toBe('/redfish/v1/Systems/1/bios/')
    expect(spellings.respell('/redfish/v1/SYSTEMS/2?$expand=.')).toBe('/redfish/v1/Systems/2?$expand=.')
  })

  it('is left alone where it is right or nothing is known', () => {
    expect(spellings.respell('/redfish/v1/Systems/1/Bios')).toBeUndefined()
    expect(spellings.respell('/redfish/v1/Chassis')).toBeUndefined()
    expect(spellings.respell('/registries/en.json')).toBeUndefined()
  })

  it('keeps to what was learned first', () => {
    spellings.learn('/redfish/v1/systems')
    expect(spellings.respell('/redfish/v1/systems/1/bios')).toBe('/redfish/v1/Systems/1/bios')
  })
})
