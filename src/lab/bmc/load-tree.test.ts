import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask, read } from '../../../test/support/bmc-client.js'
import { simulators } from '../../../test/support/bmc-simulators.js'
import { loadTree } from './load-tree.js'

const start = simulators()
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'katametal-load-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const root = { '@odata.id': '/redfish/v1/', '@odata.type': '#ServiceRoot.v1_0_0.ServiceRoot', Name: 'root' }
const files = {
  'redfish/v1': JSON.stringify(root),
  'redfish/v1/Systems/1/bios': JSON.stringify({ '@odata.id': '/redfish/v1/Systems/1/Bios/', Name: 'Bios' }),
  'redfish/v1/TelemetryService/Broken': '{"Id": "Broken", "Value": }',
  'registries/Bios.json': JSON.stringify({ Id: 'Bios' }),
}

const writeTree = (below: string, from = ''): void => {
  for (const [path, text] of Object.entries(files)) {
    if (!path.startsWith(from)) continue
    const file = join(below, path.slice(from.length), 'index.json')
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

describe('loading a captured tree', () => {
  it('takes a folder, a folder in a folder, and one that begins at v1 or at the service root', async () => {
    const layouts = { plain: '', deep: 'top/server-1/', v1: '', bare: '' }
    writeTree(join(folder, 'plain'))
    writeTree(join(folder, 'deep/top/server-1'))
    writeTree(join(folder, 'v1'), 'redfish/')
    writeTree(join(folder, 'bare'), 'redfish/v1')
    for (const layout of Object.keys(layouts)) {
      const tree = await loadTree(join(folder, layout))
      expect(tree.body('/redfish/v1')?.['Name'], layout).toBe('root')
      expect(tree.body('/redfish/v1/systems/1/bios')?.['Name'], layout).toBe('Bios')
    }
  })

  it('keeps other roots, the own spelling of paths, and broken files as they are', async () => {
    writeTree(folder)
    const tree = await loadTree(folder)
    expect(tree.body('/registries/Bios.json')).toEqual({ Id: 'Bios' })
    expect(tree.get('/redfish/v1/systems/1/bios')?.path).toBe('/redfish/v1/Systems/1/Bios/')
    const { bmc } = await start({ persona: { tree } })
    const broken = await ask(bmc, 'GET', '/redfish/v1/TelemetryService/Broken')
    expect([broken.status, broken.text]).toEqual([200, files['redfish/v1/TelemetryService/Broken']])
    expect((await read(bmc, '/registries/bios.json')).Id).toBe('Bios')
  })

  it.each(['tar', 'tar.gz', 'tgz', 'tar.xz'])('unpacks a .%s', async suffix => {
    writeTree(join(folder, 'server-1'))
    const archive = join(folder, `server-1.${suffix}`)
    execFileSync('tar', ['-caf', archive, '-C', folder, 'server-1'])
    expect((await loadTree(archive)).body('/redfish/v1')?.['Name']).toBe('root')
  })

  it('says what is wrong with a file that cannot be used', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'no tree')
    writeFileSync(join(folder, 'bad.tar.gz'), 'no archive')
    mkdirSync(join(folder, 'empty'))
    for (const [name, seen] of [
      ['missing', 'does not exist'],
      ['notes.txt', 'neither a folder nor a tar archive'],
      ['bad.tar.gz', 'tar cannot unpack it'],
      ['empty', 'no service root'],
    ] as const)
      await expect(loadTree(join(folder, name))).rejects.toMatchObject({
        code: 'FileInvalid',
        about: join(folder, name),
        seen: expect.stringContaining(seen),
      })
  })
})
