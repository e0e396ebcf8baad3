import { describe, expect, it } from 'vitest'
import { run } from '../program.js'
import { systemClock } from '../../base/clock.js'
import { testConsole } from '../../../test/support/test-console.js'
import { bmcLine, simulate } from '../../../test/support/bmc-line.js'

const json = (text: string) => JSON.parse(text)
const image = 'http://127.0.0.1:1/v1/media/op-1/s3cr3t/boot.iso'

describe('katametal bmc boot', () => {
  it('sets the override, reads it back and clears it again', async () => {
    const bmc = await simulate()
    const set = await bmcLine(bmc, 'boot', '{}', 'cd', '-o', 'json')
    expect({ exit: set.exit, err: set.err }).toEqual({ exit: 0, err: '' })
    expect(json(set.out)).toEqual({
      address: bmc.url,
      action: 'cd',
      before: { target: 'None', enabled: 'Disabled' },
      after: { target: 'Cd', enabled: 'Once' },
    })
    const shown = await bmcLine(bmc, 'boot', '{}')
    expect(shown.out).toMatch(/status +Cd Once +Cd Once/)
    const cleared = await bmcLine(bmc, 'boot', '{}', 'none', '-o', 'json')
    expect(json(cleared.out).after).toEqual({ target: 'None', enabled: 'Disabled' })
    expect(bmc.sessions).toBe(0)
  })

  it('says that Continuous became Once where the BMC takes no Continuous', async () => {
    const { out } = await bmcLine(await simulate('lenovo'), 'boot', '{}', 'pxe', '--continuous')
    expect(out).toContain('Pxe Once')
    expect(out).toContain('must be set again before the next')
  })

  it('keeps Continuous where the BMC takes it, and adds no remark', async () => {
    const { out } = await bmcLine(await simulate('hpe'), 'boot', '{}', 'pxe', '--continuous')
    expect(out).toMatch(/pxe +none +Pxe Continuous\n$/)
  })

  it('boots from a URL, and shows no more of it than the server and the file', async () => {
    const bmc = await simulate('lenovo')
    const { exit, out } = await bmcLine(bmc, 'boot', '{}', 'http', 'https://192.0.2.1/s3cr3t/boot.efi', '-o', 'json')
    expect(exit).toBe(0)
    expect(json(out).after).toEqual({
      target: 'UefiHttp',
      enabled: 'Once',
      httpBootUri: 'https://192.0.2.1/.../boot.efi',
    })
    expect(out).not.toContain('s3cr3t')
  })

  it('is refused where the BMC offers no boot from that, and nothing is written', async () => {
    const bmc = await simulate('dell')
    const { exit, err } = await bmcLine(bmc, 'boot', '{}', 'http', 'https://192.0.2.1/boot.efi')
    expect(exit).toBe(1)
    expect(err).toContain('BMCUnsupported')
    expect(bmc.journal.happened.filter(what => what.startsWith('boot override'))).toEqual([])
  })

  it('is a failure when the BMC swallows the write', async () => {
    const bmc = await simulate()
    bmc.faults.add({ effect: { kind: 'ignore-write' }, path: /Systems/, method: 'PATCH' })
    const { exit, err } = await bmcLine(bmc, 'boot', '{}', 'pxe')
    expect(exit).toBe(1)
    expect(err).toContain('BMCWriteIgnored')
    expect(bmc.sessions).toBe(0)
  })

  it.each([
    [['boot', 'https://192.0.2.1', 'http'], 'it needs an http or https URL'],
    [['boot', 'https://192.0.2.1', 'http', 'ftp://x'], 'it needs an http or https URL'],
    [['boot', 'https://192.0.2.1', 'cd', 'http://x/y'], 'only http takes a URL'],
    [['boot', 'https://192.0.2.1', 'none', '--continuous'], '--continuous needs a boot target'],
    [['boot', 'https://192.0.2.1', 'floppy'], 'Allowed choices'],
    [['media', 'https://192.0.2.1', 'insert'], 'it needs the URL of an image'],
    [['media', 'https://192.0.2.1', 'eject', 'http://x/y'], 'only insert takes a URL'],
    [['power', 'https://192.0.2.1', 'off', '--force-after', '5'], 'means nothing to power off'],
  ])('%j is a usage error before anybody is asked for a password', async (words, text) => {
    const console = testConsole({})
    expect(await run(['bmc', ...words], console, systemClock)).toBe(2)
    expect(console.text.err).toContain(text)
  })
})

describe('katametal bmc media', () => {
  it('inserts an image and shows the slots as they then are, without the path of the image', async () => {
    const bmc = await simulate('supermicro')
    const { exit, out } = await bmcLine(bmc, 'media', '{}', 'insert', image, '-o', 'json')
    expect(exit).toBe(0)
    const report = json(out)
    expect(report.changed).toHaveLength(1)
    expect(report.slots.find((slot: { id: string }) => slot.id === report.changed[0])).toMatchObject({
      inserted: true,
      image: 'http://127.0.0.1:1/.../boot.iso',
      usable: true,
    })
    expect(out).not.toContain('s3cr3t')
    expect((await bmcLine(bmc, 'media', '{}')).out).toMatch(/yes +yes +http:\/\/127\.0\.0\.1:1\/\.\.\.\/boot\.iso/)
    expect(bmc.sessions).toBe(0)
  })

  it('ejects what is inserted, and says so when there is nothing', async () => {
    const bmc = await simulate()
    await bmcLine(bmc, 'media', '{}', 'insert', image)
    const first = await bmcLine(bmc, 'media', '{}', 'eject', '-o', 'json')
    expect(json(first.out).changed).toHaveLength(1)
    expect(json(first.out).slots.every((slot: { inserted: boolean }) => !slot.inserted)).toBe(true)
    expect((await bmcLine(bmc, 'media', '{}', 'eject')).out).toContain('Nothing was inserted.')
  })
})

describe('katametal bmc power graceful-off --force-after', () => {
  it('cuts the power when the operating system does not end by then, and says so', async () => {
    const bmc = await simulate()
    await bmcLine(bmc, 'power', '{}', 'on')
    const { exit, out } = await bmcLine(bmc, 'power', '{}', 'graceful-off', '--force-after', '0.5', '-o', 'json')
    expect(exit).toBe(0)
    expect(json(out)).toMatchObject({ before: 'On', after: 'Off', forced: true })
    expect(bmc.journal.happened.filter(what => /^power [A-Z]/.test(what))).toEqual([
      'power On',
      'power GracefulShutdown',
      'power ForceOff',
    ])
  })
})

describe('katametal bmc --trace', () => {
  it('tells each request on standard error, and neither password nor token', async () => {
    const bmc = await simulate()
    const { out, err } = await bmcLine(bmc, 'media', '{}', 'insert', image, '--trace', '-o', 'json')
    expect(json(out).changed).toHaveLength(1)
    const lines = err.trimEnd().split('\n')
    expect(lines).toHaveLength(bmc.journal.requests.length)
    for (const line of lines)
      expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} (GET|POST|PATCH|DELETE) \/redfish\S* \d{3} \d+ ms/)
    for (const secret of ['lab-secret', 's3cr3t', ...bmc.sessionTokens]) expect(err).not.toContain(secret)
  })
})
