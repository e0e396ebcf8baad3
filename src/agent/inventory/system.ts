import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AgentHello } from '../../deploy/protocol.js'
import { exists, known, readText } from './sysfs.js'

type System = NonNullable<AgentHello['inventory']['system']>

/** SMBIOS as the kernel shows it, the way the system was booted, and the TPM. */
export const readSystem = async (root: string): Promise<System> => {
  const dmi = (name: string): Promise<string | undefined> => readText(root, 'sys/class/dmi/id', name)
  return known({
    manufacturer: await dmi('sys_vendor'),
    model: await dmi('product_name'),
    serialNumber: await dmi('product_serial'),
    uuid: (await dmi('product_uuid'))?.toLowerCase(),
    biosVersion: await dmi('bios_version'),
    bootMode: (await exists(root, 'sys/firmware/efi')) ? ('UEFI' as const) : ('Legacy' as const),
    secureBoot: await secureBoot(root),
    tpm: await tpmVersion(root),
  })
}

/** Variable SecureBoot of the UEFI global namespace (UEFI 2.10 section 3.3): 4 bytes of attributes, then the value. */
const secureBoot = async (root: string): Promise<boolean | undefined> => {
  const path = join(root, 'sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c')
  try {
    return (await readFile(path))[4] === 1
  } catch {
    return undefined
  }
}

const tpmVersion = async (root: string): Promise<string | undefined> => {
  const major = await readText(root, 'sys/class/tpm/tpm0/tpm_version_major')
  if (major !== undefined) return major === '2' ? '2.0' : '1.2'
  return (await exists(root, 'sys/class/tpm/tpm0')) ? 'unknown' : undefined
}
