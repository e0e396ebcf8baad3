import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadMatrix, loadNodeLayerPrograms } from './data.js'
import { existingNodeScript } from './node-script.js'
import { BashNode } from '../../test/support/bash-node.js'
import { profile } from '../../test/support/kud-profile.js'

const matrix = loadMatrix()
const programs = loadNodeLayerPrograms()
const script = existingNodeScript({ name: 'edge', spec: profile(), kata: true }, matrix, programs)
const config = '/etc/containerd/config.toml'
const dropIn = '/etc/containerd/conf.d/katametal-kata.toml'
const before = 'version = 3\n[plugins]\n  mine = true\n'

let node: BashNode
beforeEach(async () => {
  node = await BashNode.make()
  await node.write('/run/containerd/containerd.sock', '')
  await node.write(
    '/var/lib/kubelet/kubeadm-flags.env',
    'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/containerd/containerd.sock"\n',
  )
  await node.write(config, before)
})
afterEach(() => node.stop())

describe('the script for a node of an existing cluster', () => {
  it('adds the handlers beside what containerd has, and says what comes next', async () => {
    const { code, told, calls } = await node.run(script)
    expect(code, told).toBe(0)
    expect(await node.read(config)).toBe(`imports = ["/etc/containerd/conf.d/*.toml"]\n${before}`)
    expect(await node.read(dropIn)).toContain('runtimes.kata-clh-runtime-rs]')
    expect(calls.filter(call => call === 'systemctl restart containerd')).toHaveLength(1)
    expect(told).toContain('label the Node katacontainers.io/kata-runtime=true')
  })

  it('leaves swap, kubelet and a bootstrap alone', async () => {
    const { calls } = await node.run(script)
    expect(calls).not.toContain('swapoff -a')
    expect(await node.read('/etc/systemd/system/kubelet.service.d/20-katametal.conf')).toBeUndefined()
    expect(await node.read('/var/lib/cloud/instance/scripts/runcmd')).toContain('kubeadm join')
  })

  it('restarts nothing when it runs again', async () => {
    await node.run(script)
    const { code, calls, told } = await node.run(script)
    expect(code).toBe(0)
    expect(told).toContain('containerd knows the handlers already')
    expect(calls.some(call => call.includes('restart'))).toBe(false)
  })

  it.each([
    ['imports = []\nversion = 3\n', 'imports = ["/etc/containerd/conf.d/*.toml"]\nversion = 3\n'],
    [
      'version = 3\nimports = ["/etc/mine/*.toml"]\n',
      'version = 3\nimports = ["/etc/mine/*.toml", "/etc/containerd/conf.d/*.toml"]\n',
    ],
    [
      'version = 4\nimports = ["/etc/containerd/conf.d/*.toml"]\n',
      'version = 4\nimports = ["/etc/containerd/conf.d/*.toml"]\n',
    ],
  ])('imports its file once into %j', async (given, expected) => {
    await node.write(config, given)
    const { code, told } = await node.run(script)
    expect(code, told).toBe(0)
    expect(await node.read(config)).toBe(expected)
  })

  it('writes into the main file of containerd 1.7, once, in version 2', async () => {
    await node.command(
      'containerd',
      'case $1 in --version) echo v1.7.28 ;; config) cat "$ROOT/etc/containerd/config.toml" ;; esac',
    )
    await node.write(config, 'version = 2\n[plugins."x"]\n  y = 1\n')
    await node.run(script)
    const { code, told } = await node.run(script)
    expect(code, told).toBe(0)
    const text = (await node.read(config)) ?? ''
    expect(text).toMatch(/^version = 2\n\[plugins\."x"\]\n {2}y = 1\n# katametal: begin\n/)
    expect(
      text.match(/\[plugins\."io\.containerd\.grpc\.v1\.cri"\.containerd\.runtimes\.kata-qemu-runtime-rs\]/g),
    ).toHaveLength(1)
    expect(await node.read(dropIn)).toBeUndefined()
  })

  it('puts everything back when containerd does not take it', async () => {
    await node.command('ctr', '! [ -e "$ROOT/etc/containerd/conf.d/katametal-kata.toml" ]')
    const { code, told, calls } = await node.run(script)
    expect(code).toBe(1)
    expect(told).toContain('containerd did not take the handlers; its configuration is as before')
    expect(await node.read(config)).toBe(before)
    expect(await node.read(dropIn)).toBeUndefined()
    expect(calls.filter(call => call === 'systemctl restart containerd')).toHaveLength(2)
  })

  it('says when a restart is needed for kernel arguments instead of restarting a node with pods', async () => {
    const spec = profile({ hostSetup: { kernelArguments: ['intel_iommu=on'] } })
    const { code, told, calls } = await node.run(
      existingNodeScript({ name: 'edge', spec, kata: true }, matrix, programs),
    )
    expect(code, told).toBe(0)
    expect(told).toContain('Restart this node for kernel arguments intel_iommu=on.')
    expect(calls).not.toContain('systemctl reboot')
  })
})

describe('a node that the script refuses', () => {
  const flags = (text: string) => node.write('/var/lib/kubelet/kubeadm-flags.env', `KUBELET_KUBEADM_ARGS="${text}"\n`)
  const cases: [what: string, make: () => Promise<void>, reason: RegExp][] = [
    [
      'uses cri-dockerd',
      () => flags('--container-runtime-endpoint=unix:///var/run/cri-dockerd.sock'),
      /uses cri-dockerd .*move it to containerd/,
    ],
    ['runs cri-dockerd as a service', () => node.command('systemctl', ''), /cri-dockerd runs on this node/],
    [
      'uses dockershim by its socket',
      () => flags('--container-runtime-endpoint=unix:///var/run/dockershim.sock'),
      /uses dockershim .*dropped in 1\.24/,
    ],
    ['uses dockershim by name', () => flags('--container-runtime=docker'), /uses dockershim/],
    [
      'names its runtime in the configuration of kubelet',
      () => node.write('/var/lib/kubelet/config.yaml', 'containerRuntimeEndpoint: unix:///run/cri-dockerd.sock\n'),
      /config\.yaml/,
    ],
    ['uses CRI-O', () => flags('--container-runtime-endpoint=unix:///var/run/crio/crio.sock'), /CRI-O/],
    ['is one of k3s', () => node.write('/run/k3s/containerd/containerd.sock', ''), /belongs to k3s, RKE2 or k0s/],
    ['has no containerd', () => node.remove('/run/containerd'), /does not run containerd/],
    [
      'has the 1.6 of its distribution',
      () => node.command('containerd', 'echo containerd 1.6.20'),
      /containerd is 1\.6\.20, which does not go with Kubernetes 1\.35: upgrade it to one of 2\.2\.0\+ 2\.1\.5 1\.7\.28/,
    ],
    [
      'has a configuration of version 2 under containerd 2',
      () => node.write(config, 'version = 2\n'),
      /containerd config migrate/,
    ],
    ['has a configuration of version 1', () => node.write(config, '[plugins]\n'), /no version or version 1/],
    ['has no configuration', () => node.remove(config), /containerd config default/],
    ['is of another Kubernetes', () => node.command('kubelet', 'echo Kubernetes v1.30.1'), /kubelet is 1\.30\.1/],
  ]

  it.each(cases)('because it %s is left as it is, and told why', async (_what, make, reason) => {
    await make()
    const had = await node.read(config)
    const { code, told, calls } = await node.run(script)
    expect(code).toBe(1)
    expect(told).toMatch(reason)
    expect(await node.read(config)).toBe(had)
    expect(await node.read(dropIn)).toBeUndefined()
    expect(calls.some(call => call.includes('restart'))).toBe(false)
  })
})
