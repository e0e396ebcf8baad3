import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.js'
import { silentLogger } from '../../src/base/log.js'
import { createBmc } from '../../src/bmc/bmc.js'
import { loadVendors } from '../../src/bmc/vendors.js'
import { ipmiSimInstalled, ipmiSimUser, startIpmiSim } from '../support/ipmi-sim.js'
import { mayBeMissing } from './installed.js'
import { inFolder, runProgram } from './run-program.js'

const installed = (): boolean => {
  try {
    execFileSync('/bin/sh', ['-c', 'command -v ipmipower'], { stdio: 'ignore' })
    return ipmiSimInstalled()
  } catch {
    return false
  }
}

const { username, password } = ipmiSimUser

// Three programs that share no code look at one server: what one does, the others must see.
describe.skipIf(mayBeMissing && !installed())('ipmitool, ipmipower and katametal on ipmi_sim', () => {
  const tool = (port: number, words: readonly string[]) =>
    inFolder(folder => {
      const login = ['-I', 'lanplus', '-C', '3', '-H', '127.0.0.1', '-p', String(port), '-U', username, '-E']
      return runProgram('ipmitool', [...login, ...words], { folder, env: { IPMI_PASSWORD: password } })
    })
  const power = (port: number, word: string) =>
    inFolder(folder => {
      const login = ['-D', 'LAN_2_0', '-W', 'opensesspriv', '-h', `127.0.0.1:${port}`, '-u', username, '-p', password]
      return runProgram('ipmipower', [...login, '-I', '3', word], { folder })
    })
  const withBoth = async (use: (port: number) => Promise<void>): Promise<void> => {
    const sim = await startIpmiSim()
    try {
      await use(sim.port)
    } finally {
      await sim.stop()
    }
  }
  const ours = async (port: number) =>
    createBmc({
      address: `ipmi://127.0.0.1:${port}`,
      access: { username, password, trust: { kind: 'system' } },
      clock: systemClock,
      log: silentLogger,
      vendors: await loadVendors(),
    })

  it('agree on the power of the server, whoever changes it', () =>
    withBoth(async port => {
      const call = { signal: AbortSignal.timeout(60_000) }
      const bmc = await ours(port)
      try {
        expect((await power(port, '--stat')).stdout).toContain('off')
        await bmc.setPower('On', call)
        expect((await power(port, '--stat')).stdout).toContain('on')
        expect((await tool(port, ['chassis', 'power', 'status'])).stdout).toContain('is on')
        expect((await power(port, '--off')).stdout).toContain('ok')
        expect(await bmc.readPower(call)).toBe('Off')
      } finally {
        await bmc.close()
      }
    }))

  it('agree on the boot device: what we set for one boot, ipmitool reads', () =>
    withBoth(async port => {
      const call = { signal: AbortSignal.timeout(60_000) }
      const bmc = await ours(port)
      try {
        await bmc.setBootOverride({ target: 'Pxe', enabled: 'Once' }, call).catch(() => undefined)
        expect((await tool(port, ['chassis', 'bootparam', 'get', '5'])).stdout).toContain('Force PXE')
      } finally {
        await bmc.close()
      }
    }))
})
