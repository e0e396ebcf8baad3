import { createWriteStream } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { BootImage } from './boot-image.js'
import type { DiscoverySettings } from './protocol.js'

const programName = 'katametal.efi'

export interface NetbootFiles {
  /** Served by TFTP. */
  readonly program: string
  /** For `conf-file=` of a dnsmasq that has an interface and a dhcp-range already. */
  readonly dnsmasq: string
}

/**
 * Writes what a network needs to boot servers into the deploy agent: the EFI program, the same for all servers, which
 * asks the manager at `settings.discovery` which operation it was booted for, and the part of a dnsmasq configuration
 * that offers it. Files that are being read are replaced at once, never changed.
 */
export const writeNetbootFiles = async (
  folder: string,
  efi: BootImage,
  settings: DiscoverySettings,
): Promise<NetbootFiles> => {
  const tftp = join(folder, 'tftp')
  await mkdir(tftp, { recursive: true })
  const program = join(tftp, programName)
  const dnsmasq = join(folder, 'dnsmasq.conf')
  await pipeline(efi.stream(settings, 0, efi.size - 1), createWriteStream(`${program}.new`))
  await rename(`${program}.new`, program)
  await writeFile(`${dnsmasq}.new`, renderDnsmasq(tftp))
  await rename(`${dnsmasq}.new`, dnsmasq)
  return { program, dnsmasq }
}

/**
 * The client architectures are those of UEFI for x86-64 (RFC 5970 and the IANA registry: 7, and 9 for older firmware).
 * Servers in legacy mode are booted by virtual media.
 */
export const renderDnsmasq = (tftpFolder: string): string =>
  [
    '# Written by katametal manager at each start.',
    'enable-tftp',
    `tftp-root=${tftpFolder}`,
    'dhcp-match=set:katametal-uefi,option:client-arch,7',
    'dhcp-match=set:katametal-uefi,option:client-arch,9',
    `dhcp-boot=tag:katametal-uefi,${programName}`,
    '',
  ].join('\n')
