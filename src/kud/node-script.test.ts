import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadMatrix, loadNodeLayerPrograms } from './data.js'
import { vendorDataScript } from './node-script.js'
import { BashNode } from '../../test/support/bash-node.js'
import { profile } from '../../test/support/kud-profile.js'

const matrix = loadMatrix()
const programs = loadNodeLayerPrograms()
const scriptFor = (given: Parameters<typeof profile>[0] = {}, kata = true) =>
  vendorDataScript({ name: 'edge', spec: profile(given), kata }, matrix, programs)

let node: BashNode
beforeEach(async () => {
  node = await BashNode.make()
})
afterEach(() => node.stop())

describe('the node layer of a first boot', () => {
  it('makes a node that kubeadm can join, and says so', async () => {
    const { code, told } = await node.run(scriptFor())
    expect(told).toContain('the node layer of KudProfile edge is complete')
    expect(code).toBe(0)
    expect(await node.read('/etc/containerd/config.toml')).toContain('version = 3')
    expect(await node.read('/etc/containerd/conf.d/katametal-kata.toml')).toContain('runtimes.kata-qemu-runtime-rs]')
    expect(await node.read('/etc/crictl.yaml')).toContain('runtime-endpoint: unix:///run/containerd/containerd.sock')
    expect(await node.read('/etc/systemd/system/kubelet.service.d/20-katametal.conf')).toContain('kubelet-arguments')
    expect(await node.read('/etc/katametal/provider-id')).toBe('katametal://default/host-1\n')
    expect(await node.read('/etc/katametal/kata-handlers')).toBe('kata-qemu-runtime-rs\nkata-clh-runtime-rs\n')
    expect(await node.read('/var/lib/cloud/instance/scripts/runcmd')).toContain('kubeadm join')
  })

  it('loads the modules and sets the kernel settings before anything of Kubernetes (fact 18)', async () => {
    const { calls } = await node.run(
      scriptFor({ hostSetup: { kernelModules: ['vfio-pci'], sysctls: { 'vm.max_map_count': '262144' } } }),
    )
    const modules = ['overlay', 'br_netfilter', 'kvm_intel', 'vhost', 'vhost_net', 'vhost_vsock', 'vfio-pci']
    expect(calls.filter(call => call.startsWith('modprobe'))).toEqual(modules.map(module => `modprobe ${module}`))
    expect((await node.read('/etc/modules-load.d/katametal.conf'))?.split('\n').slice(1)).toEqual([...modules, ''])
    const settings = await node.read('/etc/sysctl.d/99-katametal.conf')
    for (const line of [
      'net.bridge.bridge-nf-call-iptables = 1',
      'net.bridge.bridge-nf-call-ip6tables = 1',
      'net.ipv4.ip_forward = 1',
      'vm.max_map_count = 262144',
    ])
      expect(settings).toContain(`${line}\n`)
    const restart = calls.indexOf('systemctl restart containerd')
    expect(calls.findIndex(call => call.startsWith('sysctl'))).toBeLessThan(restart)
    expect(calls.findIndex(call => call.startsWith('kubelet'))).toBeGreaterThan(restart)
  })

  it('loads the KVM module of AMD on a server with such a processor', async () => {
    await node.write('/proc/cpuinfo', 'flags\t\t: fpu svm lm\n')
    const { code, calls } = await node.run(scriptFor())
    expect(code).toBe(0)
    expect(calls).toContain('modprobe kvm_amd')
    expect(calls).not.toContain('modprobe kvm_intel')
  })

  it('switches swap off, now and at the next start', async () => {
    const { calls } = await node.run(scriptFor())
    expect(calls).toContain('swapoff -a')
    expect(await node.read('/etc/fstab')).toMatch(/^\/dev\/vda1 .*\n# katametal: .*\/dev\/vda2 none swap/)
  })

  it('configures containerd before it ends and never restarts the server unasked (fact 22)', async () => {
    const { calls } = await node.run(scriptFor())
    expect(calls.filter(call => call === 'systemctl restart containerd')).toHaveLength(1)
    expect(calls.filter(call => call.includes('reboot'))).toEqual([])
    expect(await node.read('/etc/default/grub.d/90-katametal.cfg')).toBeUndefined()
  })

  it('finds everything done when it runs again', async () => {
    await node.run(scriptFor())
    const { code, told } = await node.run(scriptFor())
    expect(code).toBe(0)
    expect(told).not.toContain('wrote')
  })

  it('gives a node without Kata everything but Kata', async () => {
    await node.write('/proc/cpuinfo', 'flags\t\t: fpu\n')
    await node.remove('/opt/kata')
    await node.remove('/dev')
    const { code, told } = await node.run(scriptFor({}, false))
    expect(code, told).toBe(0)
    expect(await node.read('/etc/modules-load.d/katametal.conf')).not.toContain('vhost')
    expect(await node.read('/etc/katametal/kubelet-arguments')).not.toContain('taint')
    expect(await node.read('/etc/containerd/conf.d/katametal-kata.toml')).toBeUndefined()
  })

  it('names no runtime but containerd (fact 2)', () => {
    expect(scriptFor()).not.toMatch(/docker/i)
  })
})

describe('kernel arguments', () => {
  const passthrough = scriptFor({ hostSetup: { kernelArguments: ['intel_iommu=on', 'iommu=pt'] } })

  it('are set only when asked for, and the server restarts before its bootstrap, which begins anew (facts 19 and 22)', async () => {
    const { code, calls } = await node.run(passthrough)
    expect(code).toBe(1)
    expect(await node.read('/etc/default/grub.d/90-katametal.cfg')).toContain(
      'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX intel_iommu=on iommu=pt"',
    )
    const order = ['update-grub ', 'cloud-init clean', 'systemctl reboot'].map(call => calls.indexOf(call))
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect(order[0]).toBeGreaterThan(0)
    expect(calls.some(call => call.includes('restart containerd'))).toBe(false)
    expect(await node.read('/var/lib/cloud/instance/scripts/runcmd')).not.toContain('kubeadm')
  })

  it('need no second restart once the kernel runs with them', async () => {
    await node.run(passthrough)
    await node.write('/proc/cmdline', 'root=/dev/vda1 intel_iommu=on iommu=pt\n')
    const { code, calls } = await node.run(passthrough)
    expect(code).toBe(0)
    expect(calls).not.toContain('systemctl reboot')
  })

  it('that the boot loader does not take end the first boot with the reason, not in restarts without end', async () => {
    await node.run(passthrough)
    const { code, calls, told } = await node.run(passthrough)
    expect(code).toBe(1)
    expect(calls).not.toContain('systemctl reboot')
    expect(told).toContain('the kernel runs without intel_iommu=on iommu=pt although')
  })

  it('are told from longer ones', async () => {
    await node.write('/proc/cmdline', 'root=/dev/vda1 intel_iommu=on,sm_on iommu=pt\n')
    expect((await node.run(passthrough)).calls).toContain('systemctl reboot')
  })
})

describe('a node that cannot do what the profile asks', () => {
  const reasons: [why: string, spoil: () => Promise<void>, reason: RegExp][] = [
    ['has VT-x switched off', () => node.write('/proc/cpuinfo', 'flags\t\t: fpu\n'), /neither vmx nor svm.*BIOS setup/],
    ['has no /dev/kvm', () => node.remove('/dev/kvm'), /\/dev\/kvm is missing/],
    ['has no vhost_vsock', () => node.remove('/dev/vhost-vsock'), /\/dev\/vhost-vsock is missing/],
    ['cannot make a VM', () => node.command('python3', 'exit 1'), /could not make a VM \(KVM_CREATE_VM\)/],
    [
      'has a kernel without the module',
      () => node.command('modprobe', '[ "$1" != vhost_vsock ]'),
      /kernel module vhost_vsock cannot be loaded/,
    ],
    [
      "has the distribution's containerd (fact 4)",
      () => node.command('containerd', 'echo containerd 1.6.20'),
      /containerd is 1\.6\.20, and KudProfile edge was made for 2\.3\.4/,
    ],
    [
      'has another Kata',
      () => node.write('/opt/kata/runtime-rs/bin/containerd-shim-kata-v2', '#!/bin/sh\necho 4.0.0\n', 0o755),
      /is Kata 4\.0\.0, and KudProfile edge wants 4\.1\.0/,
    ],
    ['has no Kata', () => node.remove('/opt/kata'), /put Kata 4\.1\.0 into the image, or name its archive/],
    ['has no CNI plugins', () => node.remove('/opt/cni'), /\/opt\/cni\/bin\/loopback is missing/],
    ['has no kubelet', () => node.forget('kubelet'), /there is no kubelet/],
    ['has another kubelet', () => node.command('kubelet', 'echo Kubernetes v1.34.9'), /kubelet is 1\.34\.9/],
    [
      'has a containerd that ignores the handlers',
      () => node.command('containerd', 'case $1 in --version) echo v2.3.4 ;; esac'),
      /containerd runs without handlers kata-qemu-runtime-rs kata-clh-runtime-rs/,
    ],
    [
      'has a containerd that does not start',
      () => node.command('systemctl', '[ "$1" != restart ]'),
      /containerd does not start with its new configuration/,
    ],
    [
      'lacks a package and has no mirror',
      () => node.command('dpkg-query', 'exit 1').then(() => node.command('apt-get', 'exit 100')),
      /packages .*zstd.* cannot be installed/,
    ],
  ]

  it.each(reasons)('because it %s says why and never joins (fact 20)', async (_why, spoil, reason) => {
    await spoil()
    const { code, told } = await node.run(scriptFor())
    expect(code).toBe(1)
    expect(told).toMatch(reason)
    expect(await node.read('/run/katametal/node-layer.failed')).toMatch(reason)
    const bootstrap = await node.read('/var/lib/cloud/instance/scripts/runcmd')
    expect(bootstrap).not.toContain('kubeadm')
    const run = spawnSync('sh', ['-c', bootstrap ?? ''])
    expect(run.status).toBe(1)
    expect(run.stderr.toString()).toContain('the node layer failed')
  })
})

describe('archives that a profile names', () => {
  const digestOf = (text: Buffer) => createHash('sha256').update(text).digest('hex')

  /** An archive with one file, on the server that curl reaches. */
  const remote = async (name: string, path: string, content: string): Promise<string> => {
    await node.write(`/packing/${path}`, content, 0o755)
    await node.write('/remote/.keep', '')
    const archive = join(node.root, 'remote', name)
    execFileSync('tar', ['-C', join(node.root, 'packing'), '-cJf', archive, '.'])
    await node.remove('/packing')
    return digestOf(readFileSync(archive))
  }

  it('are fetched from the release of their project and unpacked once', async () => {
    const kata = await remote('kata-static-4.1.0-amd64.tar.zst', 'opt/kata/marker', 'new')
    const spec = { kata: { version: '4.1.0', archive: { sha256: kata } } }
    const { code, calls, told } = await node.run(scriptFor(spec))
    expect(code, told).toBe(0)
    expect(calls.find(call => call.startsWith('curl'))).toContain(
      'https://github.com/kata-containers/kata-containers/releases/download/4.1.0/kata-static-4.1.0-amd64.tar.zst',
    )
    expect(await node.read('/opt/kata/marker')).toBe('new')
    expect((await node.run(scriptFor(spec))).calls.filter(call => call.startsWith('curl'))).toEqual([])
  })

  it('are not unpacked when their digest differs (fact 13)', async () => {
    await remote('kata.tar.xz', 'opt/kata/marker', 'evil')
    const archive = { url: 'http://mirror.example/kata.tar.xz', sha256: '0'.repeat(64) }
    const { code, told } = await node.run(scriptFor({ kata: { version: '4.1.0', archive } }))
    expect(code).toBe(1)
    expect(told).toMatch(/has sha256 [0-9a-f]{64}, not 0{64} as the KudProfile says: it was not unpacked/)
    expect(await node.read('/opt/kata/marker')).toBeUndefined()
  })

  it('carry the version of the profile in their names, and zstd is installed for them (fact 13)', () => {
    const sha256 = 'a'.repeat(64)
    const text = scriptFor({
      kubernetes: { version: '1.35.2' },
      containerd: {
        version: '2.3.4',
        archive: { sha256 },
        runcVersion: '1.5.1',
        runcArchive: { sha256 },
        cniPluginsVersion: '1.9.0',
        cniPluginsArchive: { sha256 },
      },
      kata: { version: '4.1.0', archive: { sha256 } },
    })
    for (const name of [
      'kata-static-4.1.0-amd64.tar.zst',
      'containerd-2.3.4-linux-amd64.tar.gz',
      'v1.5.1/runc.amd64',
      'cni-plugins-linux-amd64-v1.9.0.tgz',
    ])
      expect(text).toContain(`${name}' ${sha256}`)
    expect(text).toMatch(/install_packages .*\bzstd\b/)
  })

  it('of runc and the CNI plugins go where containerd looks for them', async () => {
    const cni = await remote('cni.tgz', 'loopback', 'from the archive')
    await node.write('/remote/runc.amd64', 'program')
    const containerd = {
      version: '2.3.4',
      runcVersion: '1.5.1',
      runcArchive: { url: 'http://m.example/runc.amd64', sha256: digestOf(Buffer.from('program')) },
      cniPluginsVersion: '1.9.0',
      cniPluginsArchive: { url: 'http://m.example/cni.tgz', sha256: cni },
    }
    const { code, told } = await node.run(scriptFor({ containerd }))
    expect(code, told).toBe(0)
    expect(await node.read('/usr/local/sbin/runc')).toBe('program')
    expect(await node.read('/opt/cni/bin/loopback')).toBe('from the archive')
  })
})

describe('the arguments of kubelet', () => {
  const argumentsFor = async (flags: string): Promise<string | undefined> => {
    await node.run(scriptFor({ kubernetes: { version: 'v1.35.2', kubeletArguments: { 'max-pods': '200' } } }))
    await node.write('/var/lib/kubelet/kubeadm-flags.env', flags)
    await node.run((await node.read('/usr/local/lib/katametal/kubelet-arguments')) ?? '')
    return node.read('/run/katametal/kubelet.env')
  }

  it('add the start-up taint to those that Cluster API asked for, since kubelet takes the last list only', async () => {
    expect(
      await argumentsFor(
        'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/containerd/containerd.sock --register-with-taints=node.cluster.x-k8s.io/uninitialized:NoSchedule"\n',
      ),
    ).toBe(
      'KUBELET_EXTRA_ARGS=" --max-pods=200 --register-with-taints=node.cluster.x-k8s.io/uninitialized:NoSchedule,kud.akraino.org/kata-unproven:NoSchedule --provider-id=katametal://default/host-1"\n',
    )
  })

  it('keep what the image wants and a provider ID that was given', async () => {
    await node.write('/etc/default/kubelet', 'KUBELET_EXTRA_ARGS="--node-ip=192.0.2.7"\n')
    expect(await argumentsFor('KUBELET_KUBEADM_ARGS="--provider-id=katametal://default/other"\n')).toBe(
      'KUBELET_EXTRA_ARGS="--node-ip=192.0.2.7 --max-pods=200 --register-with-taints=kud.akraino.org/kata-unproven:NoSchedule"\n',
    )
  })
})

describe('katametal-kata-check', () => {
  it('says what is there and what is missing, by its exit code too', async () => {
    await node.run(scriptFor())
    await node.write('/proc/swaps', 'Filename Type Size Used Priority\n')
    await node.command('sysctl', 'echo 1')
    await node.command('crictl', 'echo aaaa')
    await node.command('ps', 'echo /opt/kata/bin/qemu-system-x86_64 -name sandbox-x')
    const check = (await node.read('/usr/local/sbin/katametal-kata-check')) ?? ''
    expect((await node.run(check)).code).toBe(0)
    await node.command('ps', `echo /opt/kata/runtime-rs/bin/containerd-shim-kata-v2 -id ${'b'.repeat(64)}`)
    expect((await node.run(check)).code, 'a shim of a pod that is gone (fact 34)').toBe(1)
  })
})
