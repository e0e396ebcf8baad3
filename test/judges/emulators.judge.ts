import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.js'
import { silentLogger } from '../../src/base/log.js'
import { createBmc } from '../../src/bmc/bmc.js'
import { loadVendors } from '../../src/bmc/vendors.js'
import { startFileServer } from '../support/file-server.js'
import {
  type Emulator,
  emulatorLogin,
  libvirtInstalled,
  withBadfishEmulator,
  withSushyTools,
  withSushyToolsOnLibvirt,
} from './emulator.js'
import { mayBeMissing } from './installed.js'

/** Off, on and off again; the command line waits for each to be seen. */
const drivePower = async ({ ask }: Emulator): Promise<void> => {
  await ask('power', 'off')
  expect(await ask('power', 'on')).toMatchObject({ before: 'Off', after: 'On' })
  expect(await ask('power', 'off')).toMatchObject({ before: 'On', after: 'Off' })
}

describe('katametal on sushy-tools with servers in memory', () => {
  it('finds the system, its slots and a way to boot, and lives with storage that answers 500', () =>
    withSushyTools(async ({ ask }) => {
      expect(JSON.stringify(await ask('doctor'))).toContain('VirtualMedia would be used')
      const inventory = await ask('inspect')
      expect(inventory).toMatchObject({ system: { manufacturer: 'Sushy Emulator' } })
      expect(JSON.stringify(inventory)).toContain('Storage')
    }))

  it('switches the server on and off', () => withSushyTools(drivePower))

  it('sets the boot override, which that service cannot set for once, and goes back to the disk', () =>
    withSushyTools(async ({ ask }) => {
      expect(await ask('boot', 'cd')).toMatchObject({ after: { target: 'Cd', enabled: 'Continuous' } })
      expect(await ask('boot', 'pxe')).toMatchObject({ after: { target: 'Pxe' } })
      expect(await ask('boot', 'none')).toMatchObject({ before: { target: 'Pxe' }, after: { target: 'Hdd' } })
    }))

  it('inserts an image, which that service fetches at once, replaces it and ejects it', () =>
    withSushyTools(async ({ ask }) => {
      const images = await startFileServer()
      for (const name of ['/one.iso', '/two.iso']) images.files.set(name, Buffer.alloc(4096, name))
      try {
        await ask('media', 'insert', images.urlOf('/one.iso'))
        const inserted = await ask('media', 'insert', images.urlOf('/two.iso'))
        expect(JSON.stringify(inserted)).toContain(images.urlOf('/two.iso'))
        expect(images.asked).toContain('/two.iso')
        expect(JSON.stringify(await ask('media', 'eject'))).not.toContain('two.iso')
      } finally {
        await images.stop()
      }
    }))
})

describe.skipIf(mayBeMissing && !libvirtInstalled())(
  'katametal on sushy-tools with libvirt (needs python3-libvirt)',
  () => {
    it('switches the server on and off', () => withSushyToolsOnLibvirt(drivePower))

    it('boots it from the network, and from its disk again', () =>
      withSushyToolsOnLibvirt(async ({ ask }) => {
        expect(await ask('boot', 'pxe')).toMatchObject({ after: { target: 'Pxe' } })
        expect(await ask('boot', 'none')).toMatchObject({ after: { target: 'Hdd' } })
      }))

    it('writes a BIOS attribute, which that service takes into force at once, and sees it after a restart', () =>
      withSushyToolsOnLibvirt(async ({ address, ask }) => {
        const bmc = createBmc({
          address,
          access: { ...emulatorLogin, trust: { kind: 'insecure' } },
          clock: systemClock,
          log: silentLogger,
          vendors: await loadVendors(),
        })
        const call = { signal: AbortSignal.timeout(60_000) }
        try {
          expect((await bmc.readBios(call)).attributes).toMatchObject({ ProcTurboMode: 'Enabled' })
          expect(await bmc.writeBios({ ProcTurboMode: 'Disabled' }, call)).toMatchObject({
            accepted: ['ProcTurboMode'],
            refused: [],
          })
          await ask('power', 'off')
          await ask('power', 'on')
          const after = await bmc.readBios(call)
          expect(after.attributes).toMatchObject({ ProcTurboMode: 'Disabled' })
          expect(after.pending).toEqual({})
        } finally {
          await bmc.close()
        }
      }))
  },
)

describe('katametal on the iDRAC look-alike of badfish', () => {
  it('recognises it, and says what it does not offer', () =>
    withBadfishEmulator(async ({ ask }) => {
      const findings = JSON.stringify(await ask('doctor'))
      expect(findings).toContain('PowerEdge R740')
      expect(findings).toContain('none takes a CD image')
    }))

  it('switches the server on and off', () => withBadfishEmulator(drivePower))

  it('sets the boot override for once and clears it', () =>
    withBadfishEmulator(async ({ ask }) => {
      expect(await ask('boot', 'pxe')).toMatchObject({ after: { target: 'Pxe', enabled: 'Once' } })
      expect(await ask('boot', 'none')).toMatchObject({ after: { enabled: 'Disabled' } })
    }))
})
