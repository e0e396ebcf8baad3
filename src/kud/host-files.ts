import { startUpTaint } from '../../api/kud/group.js'
import type { KudProfileSpec } from '../../api/kud/kud-profile.js'

/** Modules that every node needs, and those that Kata needs besides (on AMD kvm_intel is replaced on the node). */
const modules = {
  always: ['overlay', 'br_netfilter'],
  kata: ['kvm_intel', 'vhost', 'vhost_net', 'vhost_vsock'],
} as const

const sysctls = {
  'net.bridge.bridge-nf-call-iptables': '1',
  'net.bridge.bridge-nf-call-ip6tables': '1',
  'net.ipv4.ip_forward': '1',
  // Each pod under Kata takes watches of its shim and virtiofsd besides those of its containers.
  'fs.inotify.max_user_instances': '8192',
  'fs.inotify.max_user_watches': '524288',
} as const

const header = '# Written by katametal from a KudProfile.\n'

/** /etc/modules-load.d: loaded at every boot. */
export const modulesFile = ({ hostSetup }: KudProfileSpec, kata: boolean): string =>
  header + lines([...new Set([...modules.always, ...(kata ? modules.kata : []), ...(hostSetup?.kernelModules ?? [])])])

/** /etc/sysctl.d: what Kubernetes needs, then what the profile adds or changes. */
export const sysctlFile = ({ hostSetup }: KudProfileSpec): string =>
  header + lines(Object.entries({ ...sysctls, ...hostSetup?.sysctls }).map(([name, value]) => `${name} = ${value}`))

/** /etc/default/grub.d: added to what the image has. */
export const grubFile = (kernelArguments: readonly string[]): string =>
  `${header}GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX ${kernelArguments.join(' ')}"\n`

/** Arguments of kubelet, one a line; the taint keeps pods off until the manager has proven the Node. */
export const kubeletArgumentsFile = ({ kubernetes }: KudProfileSpec, kata: boolean): string =>
  header +
  lines([
    ...Object.entries(kubernetes.kubeletArguments ?? {}).map(([name, value]) => `--${name}=${value}`),
    ...(kata ? [`--register-with-taints=${startUpTaint.key}:${startUpTaint.effect}`] : []),
  ])

/** Started with containerd's socket, after kubelet's own drop-in of kubeadm. */
export const kubeletDropIn = `${header}[Service]
ExecStartPre=/usr/local/lib/katametal/kubelet-arguments
EnvironmentFile=-/run/katametal/kubelet.env
`

export const crictlFile = `${header}runtime-endpoint: unix:///run/containerd/containerd.sock
image-endpoint: unix:///run/containerd/containerd.sock
`

/** Pods with huge pages or DPDK lock more memory than a service may by default. */
export const containerdDropIn = `${header}[Service]
LimitMEMLOCK=infinity
`

/** The unit of an installed archive, as containerd's project writes it. */
export const containerdUnit = `${header}[Unit]
Description=containerd container runtime
After=network.target local-fs.target

[Service]
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/local/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=5
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
`

const lines = (all: readonly string[]): string => all.map(line => `${line}\n`).join('')
