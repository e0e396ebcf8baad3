import { execFileSync } from 'node:child_process'
import { truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BootData } from '../../deploy/protocol.js'
import { createDiskFile, type DiskFile, haveAll } from '../testing/disk-file.js'
import { filesOf, writeConfigDrive } from './config-drive.js'
import { ensurePartition, readTable, relocateBackupTable } from './partition-table.js'

process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
const tools = haveAll('sfdisk', 'mkfs.vfat', 'mcopy')
const mebibyte = 1024 * 1024
const sizeBytes = 128 * mebibyte
const userData = Buffer.from([35, 0, 255, 10, 13, 10])
const bootData: BootData = {
  userData: userData.toString('base64'),
  metaData: 'instance-id: one\n',
  vendorData: '#cloud-config\n{}\n',
  networkConfig: 'version: 2\n',
  phoneHomeURL: 'https://manager/v1/operations/op/phone-home',
  phoneHomeToken: 'token',
  ca: 'PEM',
}

let disk: DiskFile
beforeEach(async () => {
  disk = await createDiskFile(sizeBytes)
})
afterEach(() => disk.remove())

/** An image of 64 MiB on a disk that is bigger. */
const install = async (label: string): Promise<void> => {
  const table = `label: ${label}\nstart=1MiB, size=32MiB\n`
  await truncate(disk.path, 64 * mebibyte)
  execFileSync('sfdisk', ['--quiet', disk.path], { input: table })
  await truncate(disk.path, sizeBytes)
}

const read = (start: number, name: string): Buffer =>
  execFileSync('mtype', ['-i', `${disk.path}@@${start}`, `::${name}`])

describe('the files of a config drive', () => {
  it('are those of NoCloud, the user data byte for byte, and what the first boot reports with', () => {
    const files = filesOf(bootData)
    expect([...files.keys()]).toEqual(['user-data', 'meta-data', 'vendor-data', 'network-config', 'katametal.json'])
    expect(files.get('user-data')).toEqual(userData)
    expect(JSON.parse(files.get('katametal.json')?.toString() ?? '')).toEqual({
      phoneHomeURL: bootData.phoneHomeURL,
      phoneHomeToken: 'token',
      ca: 'PEM',
    })
  })

  it('are left out when there is nothing to say', () => {
    const { vendorData: _, networkConfig: __, ...little } = bootData
    expect([...filesOf(little).keys()]).toEqual(['user-data', 'meta-data', 'katametal.json'])
  })
})

describe.skipIf(!tools)('the config drive', () => {
  it.each(['gpt', 'dos'])('is a FAT partition called CIDATA at the end of a disk with a %s table', async label => {
    await install(label)
    if (label === 'gpt') await relocateBackupTable(disk.path, disk.run)
    await writeConfigDrive(disk.path, sizeBytes, bootData, disk.run, tmpdir())
    const table = await readTable(disk.path, disk.run)
    expect(table?.partitions).toHaveLength(2)
    const start = (table?.partitions[1]?.start ?? 0) * 512
    expect(start).toBeGreaterThanOrEqual(sizeBytes - 34 * mebibyte)
    expect(read(start, 'user-data')).toEqual(userData)
    expect(read(start, 'meta-data').toString()).toBe(bootData.metaData)
    expect(execFileSync('mlabel', ['-s', '-i', `${disk.path}@@${start}`]).toString()).toContain('CIDATA')
  })

  it('takes the place of one that was written before, and leaves no other trace', async () => {
    await install('gpt')
    await relocateBackupTable(disk.path, disk.run)
    await writeConfigDrive(disk.path, sizeBytes, bootData, disk.run, tmpdir())
    await writeConfigDrive(disk.path, sizeBytes, { ...bootData, metaData: 'instance-id: two\n' }, disk.run, tmpdir())
    const table = await readTable(disk.path, disk.run)
    expect(table?.partitions).toHaveLength(2)
    const start = (table?.partitions[1]?.start ?? 0) * 512
    expect(read(start, 'meta-data').toString()).toBe('instance-id: two\n')
    expect(() => read(start, 'vendor-data')).not.toThrow()
  })

  it('has no place on a disk that is full or has no partition table', async () => {
    await expect(writeConfigDrive(disk.path, sizeBytes, bootData, disk.run, tmpdir())).rejects.toMatchObject({
      code: 'AgentFailed',
      seen: expect.stringContaining('no partition table'),
    })
    execFileSync('sfdisk', ['--quiet', disk.path], { input: 'label: gpt\nstart=1MiB, size=120MiB\n' })
    await expect(writeConfigDrive(disk.path, sizeBytes, bootData, disk.run, tmpdir())).rejects.toMatchObject({
      code: 'DiskTooSmall',
    })
  })
})

describe.skipIf(!tools)('the partition table of an image', () => {
  it('has its backup moved to the end of a bigger disk', async () => {
    await install('gpt')
    const before = await readTable(disk.path, disk.run)
    await relocateBackupTable(disk.path, disk.run)
    const after = await readTable(disk.path, disk.run)
    expect(after?.partitions).toEqual(before?.partitions)
    // "EFI PART" in the last sector (UEFI 2.10 section 5.3.2).
    expect((await disk.read()).subarray(-512, -504).toString()).toBe('EFI PART')
  })

  it('is left alone when it is no GPT, or none', async () => {
    await relocateBackupTable(disk.path, disk.run)
    await install('dos')
    await relocateBackupTable(disk.path, disk.run)
    expect(disk.ran.filter(line => line.includes('--relocate'))).toEqual([])
  })

  it('gives the same place twice', async () => {
    await install('gpt')
    await relocateBackupTable(disk.path, disk.run)
    const wanted = { name: 'x', bytes: mebibyte, sizeBytes }
    const place = await ensurePartition(disk.path, wanted, disk.run)
    expect(await ensurePartition(disk.path, wanted, disk.run)).toEqual(place)
  })
})
