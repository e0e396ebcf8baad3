import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** What one run of a script did. */
export interface Run {
  readonly code: number
  /** Standard error: what it told people. */
  readonly told: string
  /** Commands that change a system, one a line with their arguments, in order. */
  readonly calls: readonly string[]
}

/**
 * A node below a folder: its files, and stand-ins for the commands that would change a real system. The scripts run
 * under the bash of this machine.
 */
export class BashNode {
  readonly root: string
  readonly #bin: string

  private constructor(folder: string) {
    this.root = join(folder, 'root')
    this.#bin = join(folder, 'bin')
  }

  /** A node with an Intel processor, KVM, an image with everything, and the files of a first boot. */
  static async make(): Promise<BashNode> {
    const node = new BashNode(await mkdtemp(join(tmpdir(), 'katametal-node-')))
    for (const [name, body] of Object.entries(stubs)) await node.command(name, body)
    await node.write('/proc/cpuinfo', 'flags\t\t: fpu vme vmx lm sse4_1\n')
    await node.write('/proc/cmdline', 'BOOT_IMAGE=/vmlinuz root=/dev/vda1 quiet\n')
    await node.write('/etc/fstab', '/dev/vda1 / ext4 defaults 0 1\n/dev/vda2 none swap sw 0 0\n')
    for (const device of ['kvm', 'vhost-net', 'vhost-vsock']) await node.write(`/dev/${device}`, '')
    for (const plugin of ['loopback', 'bridge', 'host-local', 'portmap'])
      await node.write(`/opt/cni/bin/${plugin}`, '#!/bin/sh\n', 0o755)
    for (const folder of ['runtime-rs/bin', 'bin'])
      await node.write(
        `/opt/kata/${folder}/containerd-shim-kata-v2`,
        '#!/bin/sh\necho version: 4.1.0, commit: x\n',
        0o755,
      )
    for (const name of [
      'runtime-rs/configuration-qemu-runtime-rs',
      'runtime-rs/configuration-clh-runtime-rs',
      'configuration-qemu',
    ])
      await node.write(`/opt/kata/share/defaults/kata-containers/${name}.toml`, '[hypervisor]\n')
    await node.write('/var/lib/cloud/instance/scripts/runcmd', '#!/bin/sh\nkubeadm join\n', 0o755)
    return node
  }

  /** Makes a command; `$ROOT` is the node's folder. Its calls are noted. */
  async command(name: string, body: string): Promise<void> {
    const path = join(this.#bin, name)
    await mkdir(this.#bin, { recursive: true })
    await writeFile(path, `#!/bin/bash\nROOT=$KATAMETAL_ROOT\necho "${name} $*" >>"$ROOT/calls"\n${body}\n`)
    await chmod(path, 0o755)
  }

  async forget(name: string): Promise<void> {
    await rm(join(this.#bin, name))
  }

  async write(path: string, text: string, mode = 0o644): Promise<void> {
    const full = join(this.root, path)
    await mkdir(dirname(full), { recursive: true })
    await writeFile(full, text)
    await chmod(full, mode)
  }

  /** Undefined for a file that is not there. */
  async read(path: string): Promise<string | undefined> {
    return readFile(join(this.root, path), 'utf8').catch(() => undefined)
  }

  async remove(path: string): Promise<void> {
    await rm(join(this.root, path), { recursive: true, force: true })
  }

  /** Runs a script on the node. */
  async run(script: string): Promise<Run> {
    await this.write('/script', script, 0o755)
    await this.remove('/calls')
    const { code, told } = await new Promise<{ code: number; told: string }>(resolve => {
      execFile(
        'bash',
        [join(this.root, 'script')],
        { env: { PATH: `${this.#bin}:/usr/bin:/bin`, KATAMETAL_ROOT: this.root, LC_ALL: 'C' } },
        (error, _out, err) => resolve({ code: error === null ? 0 : Number(error.code), told: err }),
      )
    })
    const calls = (await this.read('/calls')) ?? ''
    return { code, told, calls: calls.split('\n').filter(line => line !== '') }
  }

  async stop(): Promise<void> {
    await rm(dirname(this.root), { recursive: true, force: true })
  }
}

/** What `containerd config dump` shows: the main file and, when it imports them, the others. */
const dump =
  'cat "$ROOT"/etc/containerd/config.toml; grep -q conf.d "$ROOT"/etc/containerd/config.toml && cat "$ROOT"/etc/containerd/conf.d/*.toml'

const stubs: Readonly<Record<string, string>> = {
  id: 'echo 0',
  'dpkg-query': 'echo installed',
  'apt-get': '',
  swapoff: '',
  modprobe: '',
  sysctl: '',
  python3: 'cat >/dev/null',
  systemctl: 'case "$*" in "is-active "*) exit 3 ;; esac',
  ctr: '',
  containerd: `case $1 in --version) echo "containerd github.com/containerd/containerd/v2 v2.3.4 abc" ;; config) ${dump} ;; esac`,
  runc: 'echo "runc version 1.5.1"',
  kubelet: 'echo "Kubernetes v1.35.2"',
  'cloud-init': 'case $1 in query) echo katametal://default/host-1 ;; esac',
  'update-grub': '',
  sleep: '',
  curl: 'while [ $# -gt 1 ]; do case $1 in --output) out=$2 ;; esac; shift; done; cp "$ROOT/remote/${1##*/}" "$out"',
}
