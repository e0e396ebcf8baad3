import { describe, expect, it } from 'vitest'
import { KatametalError } from '../../base/errors.js'
import type { RunProgram } from '../programs.js'
import { ataOffer, eraseByDrive } from './erase.js'

/** Answers by the first words of a command line; anything else fails. */
const answering = (answers: Readonly<Record<string, string>>) => {
  const ran: string[] = []
  const run: RunProgram = async (program, words) => {
    const line = [program, ...words].join(' ')
    ran.push(line)
    const answer = Object.entries(answers).find(([start]) => line.startsWith(start))
    if (answer === undefined) throw new KatametalError('AgentFailed', { about: line })
    return answer[1]
  }
  return { ran, run }
}

const security = (...lines: string[]): string =>
  `\nATA device\nSecurity: \n${lines.map(line => `\t${line}\n`).join('')}Logical Unit WWN: 5\n`
const good = [
  'Master password revision code = 65534',
  '\tsupported',
  'not\tenabled',
  'not\tlocked',
  'not\tfrozen',
  'not\texpired: security count',
]

const nvme = { deviceName: '/dev/nvme0n1', sizeBytes: 1 }
const sata = { deviceName: '/dev/sda', sizeBytes: 1 }

describe('an NVMe drive', () => {
  it('erases its key when it can, else its data', async () => {
    for (const [fna, ses, method] of [
      [4, 2, 'nvme-crypto-erase'],
      [0, 1, 'nvme-user-data-erase'],
    ] as const) {
      const { run, ran } = answering({ 'nvme id-ctrl': JSON.stringify({ oacs: 2, fna }), 'nvme format': '' })
      expect(await eraseByDrive(nvme, run)).toBe(method)
      expect(ran[1]).toContain(`format /dev/nvme0n1 --force --ses=${ses}`)
    }
  })

  it('offers nothing when its controller does not, cannot be asked, or fails', async () => {
    for (const answers of [
      { 'nvme id-ctrl': JSON.stringify({ oacs: 0, fna: 4 }), 'nvme format': '' },
      {},
      { 'nvme id-ctrl': JSON.stringify({ oacs: 2, fna: 4 }) },
    ])
      expect(await eraseByDrive(nvme, answering(answers).run)).toBeUndefined()
  })
})

describe('a SATA drive', () => {
  it('is asked for its best erase, when it is neither frozen nor locked nor has a password', () => {
    expect(ataOffer(security(...good))).toBe('--security-erase')
    expect(ataOffer(security(...good, '\tsupported: enhanced erase'))).toBe('--security-erase-enhanced')
    for (const bad of ['not\tfrozen', 'not\tlocked', 'not\tenabled', '\tsupported'])
      expect(
        ataOffer(
          security(...good.map(line => (line === bad ? line.replace('not', '').replace('supported', '') : line))),
        ),
      ).toBeUndefined()
    expect(ataOffer('')).toBeUndefined()
  })

  it('gets a password, erases itself, and forgets the password', async () => {
    const { run, ran } = answering({ 'hdparm -I': security(...good), 'hdparm --user-master u --security-': '' })
    expect(await eraseByDrive(sata, run)).toBe('ata-secure-erase')
    expect(ran.slice(1).map(line => line.split(' ')[3])).toEqual(['--security-set-pass', '--security-erase'])
  })

  it('does not keep the password when the erase fails', async () => {
    const { run, ran } = answering({
      'hdparm -I': security(...good),
      'hdparm --user-master u --security-set-pass': '',
      'hdparm --user-master u --security-disable': '',
    })
    expect(await eraseByDrive(sata, run)).toBeUndefined()
    expect(ran.at(-1)).toContain('--security-disable')
  })
})

describe('any other drive', () => {
  it('offers nothing', async () => {
    expect(await eraseByDrive({ deviceName: '/dev/vda', sizeBytes: 1 }, answering({}).run)).toBeUndefined()
  })
})
