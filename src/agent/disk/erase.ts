import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { WipeProof } from '../../deploy/protocol.js'
import type { Drive } from '../inventory/drives.js'
import type { RunProgram } from '../programs.js'

type EraseMethod = Extract<WipeProof['method'], 'nvme-crypto-erase' | 'nvme-user-data-erase' | 'ata-secure-erase'>

/** A drive may take hours to erase itself. */
const eraseMs = 24 * 60 * 60_000

/** Lets the drive erase itself with the best it offers. Undefined when it offers nothing, or is locked against it. */
export const eraseByDrive = async ({ deviceName }: Drive, run: RunProgram): Promise<EraseMethod | undefined> => {
  if (/^\/dev\/nvme/.test(deviceName)) return formatNvme(deviceName, run)
  if (/^\/dev\/sd/.test(deviceName)) return eraseAta(deviceName, run)
  return undefined
}

const controllerSchema = z.object({ oacs: z.int(), fna: z.int() })

/** Format NVM (NVM Express base specification 2.0, section 5.14): OACS bit 1 offers it, FNA bit 2 offers crypto erase. */
const formatNvme = async (device: string, run: RunProgram): Promise<EraseMethod | undefined> => {
  const controller = controllerSchema.safeParse(
    JSON.parse(await run('nvme', ['id-ctrl', device, '--output-format=json']).catch(() => '{}')),
  ).data
  if (controller === undefined || (controller.oacs & 2) === 0) return undefined
  const crypto = (controller.fna & 4) !== 0
  try {
    await run('nvme', ['format', device, '--force', `--ses=${crypto ? 2 : 1}`, `--timeout=${eraseMs}`], {
      timeoutMs: eraseMs,
    })
    return crypto ? 'nvme-crypto-erase' : 'nvme-user-data-erase'
  } catch {
    return undefined
  }
}

/** Security Erase Unit (ATA Command Set 4, section 7.36), unless the BIOS has frozen the drive or it has a password. */
const eraseAta = async (device: string, run: RunProgram): Promise<EraseMethod | undefined> => {
  const offer = ataOffer(await run('hdparm', ['-I', device]).catch(() => ''))
  if (offer === undefined) return undefined
  const password = randomBytes(8).toString('hex')
  const words = ['--user-master', 'u']
  try {
    await run('hdparm', [...words, '--security-set-pass', password, device])
    await run('hdparm', [...words, offer, password, device], { timeoutMs: eraseMs })
    return 'ata-secure-erase'
  } catch {
    // A drive that kept the password could not be used any more.
    await run('hdparm', [...words, '--security-disable', password, device]).catch(() => undefined)
    return undefined
  }
}

/** Reads the "Security:" section of `hdparm -I`. Pure. */
export const ataOffer = (identity: string): '--security-erase' | '--security-erase-enhanced' | undefined => {
  const lines = (/^Security:\s*\n((?:\s.*\n?)*)/m.exec(identity)?.[1] ?? '')
    .split('\n')
    .map(line => line.trim().replaceAll(/\s+/g, ' '))
  const usable = lines.includes('supported') && lines.includes('not frozen') && lines.includes('not locked')
  if (!usable || !lines.includes('not enabled')) return undefined
  return lines.includes('supported: enhanced erase') ? '--security-erase-enhanced' : '--security-erase'
}
