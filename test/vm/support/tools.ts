import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** What the suites need, with the Debian package that has it. */
const programs: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  mmdebstrap: 'mmdebstrap',
  cpio: 'cpio',
  zstd: 'zstd',
  xz: 'xz-utils',
  objcopy: 'binutils',
  cc: 'gcc',
  'mkfs.vfat': 'dosfstools',
  mcopy: 'mtools',
  xorriso: 'xorriso',
  depmod: 'kmod',
  sfdisk: 'fdisk',
}
const files: Readonly<Record<string, string>> = { '/usr/share/OVMF/OVMF_CODE_4M.fd': 'ovmf' }

const isProgram = (name: string): boolean => {
  try {
    execFileSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin; command -v ${name}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Debian packages that are missing for the suites with virtual machines. */
export const missingPackages = (): string[] => [
  ...Object.entries(programs).flatMap(([name, source]) => (isProgram(name) ? [] : [source])),
  ...Object.entries(files).flatMap(([path, source]) => (existsSync(path) ? [] : [source])),
]
