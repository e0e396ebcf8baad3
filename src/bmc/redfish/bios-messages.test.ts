import { describe, expect, it } from 'vitest'
import { complaintsOf, refusedIn } from './bios-messages.js'
import type { RedfishMessage } from './errors.js'

const message = (over: Partial<RedfishMessage>): RedfishMessage => ({
  key: 'PropertyUnknown',
  message: 'text',
  args: [],
  relatedProperties: [],
  severity: undefined,
  ...over,
})
const written = ['ProcVirtualization', 'Boot']

describe('the attributes that an answer refuses', () => {
  it.each([
    ['a pointer', { relatedProperties: ['/Attributes/ProcVirtualization'] }],
    ['a pointer with a dot', { relatedProperties: ['/Attributes.ProcVirtualization'] }],
    ['an argument', { args: ['ProcVirtualization', 'Attributes'] }],
    ['an argument with its place', { args: ['Attributes/ProcVirtualization'] }],
    ['quotes in the text', { message: "The property 'ProcVirtualization' is not known." }],
  ])('are named by %s', (_how, over) => {
    expect([...refusedIn([message(over)], written).keys()]).toEqual(['ProcVirtualization'])
  })

  it('are found by an escaped pointer', () => {
    const name = 'IntelVTforDirectedI/O(VT-d)'
    const pointer = '/Attributes/IntelVTforDirectedI~1O(VT-d)'
    expect([...refusedIn([message({ relatedProperties: [pointer] })], [name]).keys()]).toEqual([name])
  })

  it('are not those of which the text speaks by chance', () => {
    expect(refusedIn([message({ message: 'Boot order cannot be changed' })], written).size).toBe(0)
  })

  it.each(['Success', 'SystemResetRequired', 'ResetRequired', 'Accepted', 'SettingsApplied', 'PropertyValueModified'])(
    'are none in a message with key %s, even when it names one and calls itself a warning',
    key => {
      const one = message({ key, severity: 'Warning', relatedProperties: ['/Attributes/Boot'] })
      expect(refusedIn([one], written).size).toBe(0)
    },
  )

  it('are also those of a message with a key of the vendor, when it is grave', () => {
    const of = (severity: string) => message({ key: 'SYS428', severity, args: ['Boot'] })
    expect(refusedIn([of('Critical')], written).get('Boot')).toBe('text')
    expect(refusedIn([of('OK')], written).size).toBe(0)
  })

  it('keep the first message about each', () => {
    const messages = ['first', 'second'].map(text => message({ message: text, args: ['Boot'] }))
    expect([...refusedIn(messages, written)]).toEqual([['Boot', 'first']])
  })
})

describe('the complaints of a Bios resource about the last restart', () => {
  const bios = (messages: unknown[]) => ({
    path: '/b',
    etag: undefined,
    body: { Attributes: { Boot: 'Uefi' }, '@Redfish.Settings': { Messages: messages } },
  })

  it('are none when it says Success or nothing', () => {
    expect(complaintsOf(bios([]))).toEqual([])
    expect(complaintsOf(bios([{ MessageId: 'Base.1.0.Success' }]))).toEqual([])
    expect(complaintsOf({ path: '/b', etag: undefined, body: {} })).toEqual([])
  })

  it('name the attribute, also one that is not served any more', () => {
    const messages = [
      { MessageId: 'Base.1.0.Success' },
      { MessageId: 'Base.1.0.PropertyUnknown', Message: 'gone', RelatedProperties: ['#/Attributes/IntelProcVtd'] },
      { MessageId: 'Base.1.0.PropertyValueNotInList', MessageArgs: ['Blue', 'Boot'] },
    ]
    expect(complaintsOf(bios(messages))).toEqual([
      { attribute: 'IntelProcVtd', message: 'gone' },
      { attribute: 'Boot', message: 'PropertyValueNotInList' },
    ])
  })
})
