import type { BootSource } from '../server/board.js'

/** A disk of a QEMU server: a raw file, so that what the guest wrote is there whatever becomes of QEMU. */
export interface QemuDisk {
  readonly path: string
  readonly serialNumber: string
  readonly bus: 'virtio' | 'nvme' | 'scsi'
}

export type QemuNetwork =
  /** QEMU's own network: the guest sees the loopback of this machine as 10.0.2.2. */
  | {
      readonly kind: 'user'
      /** Its DHCP and TFTP servers offer a boot program; none when absent. */
      readonly boot?: { readonly folder: string; readonly file: string }
    }
  /** A tap device, in a network namespace when one is named. */
  | { readonly kind: 'tap'; readonly device: string; readonly namespace?: string }

export interface QemuMachine {
  readonly name: string
  readonly uuid: string
  readonly mac: string
  readonly firmware: 'UEFI' | 'BIOS'
  readonly memoryMiB: number
  readonly cpus: number
  readonly disks: readonly QemuDisk[]
  readonly network: QemuNetwork
  /** Where the serial console goes; each start adds to it. */
  readonly consoleFile: string
  /** NVRAM of the UEFI firmware. */
  readonly variablesFile: string
}

/** Debian package ovmf. */
const uefiCode = '/usr/share/OVMF/OVMF_CODE_4M.fd'
export const uefiVariables = '/usr/share/OVMF/OVMF_VARS_4M.fd'

/** The program to start and its words: namespaces are entered by `ip`. */
export const commandLine = (
  machine: QemuMachine,
  cpu: string,
  source: BootSource,
  cdImage: string | undefined,
): readonly string[] => [
  ...(machine.network.kind === 'tap' && machine.network.namespace !== undefined
    ? ['ip', 'netns', 'exec', machine.network.namespace]
    : []),
  // A machine must not outlive whoever plays its main board.
  ...['setpriv', '--pdeathsig', 'KILL', 'qemu-system-x86_64'],
  ...['-name', machine.name, '-M', 'q35', '-accel', 'tcg,tb-size=256', '-cpu', cpu],
  ...['-m', String(machine.memoryMiB), '-smp', String(machine.cpus)],
  ...['-nodefaults', '-display', 'none', '-vga', 'none', '-qmp', 'stdio'],
  // A restart ends the process, so that the board can choose the boot source anew, as firmware does.
  ...['-no-reboot', '-uuid', machine.uuid],
  ...['-smbios', `type=1,manufacturer=katametal,product=QEMU server,serial=${machine.name},uuid=${machine.uuid}`],
  ...['-chardev', `file,id=console,path=${machine.consoleFile},append=on`, '-serial', 'chardev:console'],
  ...['-device', 'virtio-rng-pci'],
  ...firmwareWords(machine),
  ...machine.disks.flatMap((disk, index) => diskWords(disk, index, bootIndex(source, 'disk') + index)),
  ...cdWords(cdImage, bootIndex(source, 'cd')),
  ...networkWords(machine, bootIndex(source, 'network')),
]

/** What is booted first; the others follow in the order disk, CD, network. */
const bootIndex = (source: BootSource, kind: 'disk' | 'cd' | 'network'): number =>
  source.kind === kind ? 0 : { disk: 10, cd: 20, network: 30 }[kind]

const firmwareWords = ({ firmware, variablesFile }: QemuMachine): string[] =>
  firmware === 'BIOS'
    ? []
    : [
        ...['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${uefiCode}`],
        ...['-drive', `if=pflash,format=raw,unit=1,file=${variablesFile}`],
      ]

const diskWords = ({ path, serialNumber, bus }: QemuDisk, index: number, boot: number): string[] => {
  const id = `disk${index}`
  const drive = `id=${id},if=none,format=raw,cache=unsafe,discard=unmap,detect-zeroes=unmap,file=${path}`
  const common = `drive=${id},serial=${serialNumber},bootindex=${boot}`
  switch (bus) {
    case 'virtio':
      return ['-drive', drive, '-device', `virtio-blk-pci,${common}`]
    case 'nvme':
      return ['-drive', drive, '-device', `nvme,${common}`]
    case 'scsi':
      return [
        ...['-drive', drive, '-device', `virtio-scsi-pci,id=scsi${index}`],
        ...[
          '-device',
          `scsi-hd,bus=scsi${index}.0,${common},vendor=KATAMTL,product=TESTDISK,wwn=0x50000000000000${(index + 16).toString(16)}`,
        ],
      ]
  }
}

const cdWords = (image: string | undefined, boot: number): string[] =>
  image === undefined
    ? []
    : [
        ...['-drive', `id=cd,if=none,media=cdrom,readonly=on,format=raw,file=${image}`],
        ...['-device', 'virtio-scsi-pci,id=scsicd', '-device', `scsi-cd,bus=scsicd.0,drive=cd,bootindex=${boot}`],
      ]

/** Without an option ROM UEFI takes its own driver, which starts at once. */
const networkWords = ({ network, mac, firmware }: QemuMachine, boot: number): string[] => [
  '-netdev',
  networkBackend(network),
  '-device',
  `virtio-net-pci,netdev=net,mac=${mac},bootindex=${boot}${firmware === 'UEFI' ? ',romfile=' : ''}`,
]

const networkBackend = (network: QemuNetwork): string => {
  if (network.kind === 'tap') return `tap,id=net,ifname=${network.device},script=no,downscript=no`
  const { boot } = network
  return boot === undefined ? 'user,id=net' : `user,id=net,tftp=${boot.folder},bootfile=${boot.file}`
}
