import { describe, expect, it } from 'vitest'
import { type ErrorCode, KatametalError } from '../base/errors.js'
import type { Bmc, PowerAction, PowerState } from './model.js'
import { withPowerFallback } from './power-fallback.js'

const call = { signal: new AbortController().signal }

/** A BMC that knows power only; `fails` is thrown by everything. */
const bmcWith = (name: string, journal: string[], answer: PowerState, fails?: ErrorCode): Bmc => {
  const say = (what: string) => {
    journal.push(`${name} ${what}`)
    if (fails !== undefined) throw new KatametalError(fails, { seen: name })
  }
  return {
    readPower: async () => {
      say('read')
      return answer
    },
    setPower: async (action: PowerAction) => say(action),
    readBios: async () => say('bios'),
    close: async () => void journal.push(`${name} close`),
  } as unknown as Bmc
}

const setUp = (first: { state?: PowerState; fails?: ErrorCode }, second: { fails?: ErrorCode } = {}) => {
  const journal: string[] = []
  const bmc = withPowerFallback(
    bmcWith('redfish', journal, first.state ?? 'On', first.fails),
    bmcWith('ipmi', journal, 'Off', second.fails),
  )
  return { bmc, journal }
}

describe('power with a fallback', () => {
  it('is a matter of the BMC alone while that can do it', async () => {
    const { bmc, journal } = setUp({})
    expect(await bmc.readPower(call)).toBe('On')
    await bmc.setPower('ForceOff', call)
    expect(journal).toEqual(['redfish read', 'redfish ForceOff'])
  })

  it.each(['BMCUnsupported', 'BMCProtocol', 'BMCNotFound', 'BMCRejected', 'BMCUnreachable'] as const)(
    'is switched and read by the fallback after %s',
    async fails => {
      const { bmc, journal } = setUp({ fails })
      await bmc.setPower('On', call)
      expect(await bmc.readPower(call)).toBe('Off')
      expect(journal).toEqual(['redfish On', 'ipmi On', 'redfish read', 'ipmi read'])
    },
  )

  it('is read by the fallback where the BMC does not know it', async () => {
    expect(await setUp({ state: 'Unknown' }).bmc.readPower(call)).toBe('Off')
  })

  it.each(['BMCBusy', 'BMCTimeout', 'BMCLoginRefused', 'BMCCertificateRefused', 'BMCSessionLimit'] as const)(
    'is not tried elsewhere after %s',
    async fails => {
      const { bmc, journal } = setUp({ fails })
      await expect(bmc.setPower('On', call)).rejects.toMatchObject({ code: fails, seen: 'redfish' })
      expect(journal).toEqual(['redfish On'])
    },
  )

  it('fails as the BMC fails when the fallback fails too', async () => {
    const { bmc } = setUp({ fails: 'BMCRejected' }, { fails: 'BMCUnreachable' })
    await expect(bmc.setPower('On', call)).rejects.toMatchObject({ code: 'BMCRejected', seen: 'redfish' })
  })

  it('says that the fallback refused the password, so that it is not tried again and again', async () => {
    const { bmc } = setUp({ fails: 'BMCRejected' }, { fails: 'BMCLoginRefused' })
    await expect(bmc.setPower('On', call)).rejects.toMatchObject({ code: 'BMCLoginRefused', seen: 'ipmi' })
  })

  it('leaves everything but power to the BMC, and closes both', async () => {
    const { bmc, journal } = setUp({ fails: 'BMCUnsupported' })
    await expect(bmc.readBios(call)).rejects.toMatchObject({ code: 'BMCUnsupported' })
    await bmc.close()
    expect(journal).toEqual(['redfish bios', 'redfish close', 'ipmi close'])
  })
})
