import type { KudProfileSpec } from '../../api/kud/kud-profile.js'
import { type Archives, archivesOf } from './archives.js'
import { containerdFiles, kataDropIn, kataTables } from './containerd.js'
import { handlerFacts, handlersOf, type KataHandler } from './handlers.js'
import * as files from './host-files.js'
import { type Judged, judge } from './judge.js'
import type { Matrix } from './matrix.js'
import { printer, putFile, quoted } from './shell.js'
import { minorOf, withoutV } from './versions.js'

/** The texts of config/kud/node-layer, which the scripts are made of or bring to the node. */
export interface NodeLayerPrograms {
  readonly functions: string
  readonly existing: string
  readonly kubeletArguments: string
  readonly kataCheck: string
}

/** What a node is made from. */
export interface NodeLayer {
  /** Name of the KudProfile. */
  readonly name: string
  readonly spec: KudProfileSpec
  /** Whether the node shall run Kata; the others get everything else. */
  readonly kata: boolean
}

interface Parts extends NodeLayer {
  readonly judged: Judged
  readonly handlers: readonly KataHandler[]
  readonly archives: Archives
  readonly programs: NodeLayerPrograms
  readonly matrix: Matrix
}

/**
 * The vendor data of a node: a script that cloud-init runs after the files of the user data are written and before its
 * commands, so that kubeadm finds everything. It takes nothing from the user data and leaves it as it is. Throws
 * KudCombinationRefused.
 */
export const vendorDataScript = (layer: NodeLayer, matrix: Matrix, programs: NodeLayerPrograms): string => {
  const parts = partsOf(layer, matrix, programs)
  return script([
    `# The node layer of KudProfile ${layer.name}, for the first boot of a node. Rendered by katametal.`,
    ...settings(parts, 'boot'),
    programs.functions,
    'trap \'fail "line $LINENO: $BASH_COMMAND"\' ERR',
    'require_root',
    ...hostSteps(parts),
    ...kernelArgumentSteps(parts),
    ...runtimeSteps(parts),
    ...kataSteps(parts),
    ...containerdFiles(parts.judged.containerd.config, parts.judged.pause, parts.handlers).map(({ path, text }) =>
      putFile(path, '0644', text),
    ),
    putFile('/etc/systemd/system/containerd.service.d/10-katametal.conf', '0644', files.containerdDropIn),
    "restart_containerd || fail 'containerd does not start with its new configuration: see journalctl -u containerd'",
    'require_handlers',
    ...kubeletSteps(parts),
    `say 'the node layer of KudProfile ${layer.name} is complete'`,
  ])
}

/**
 * The script for a node that is in a cluster already: adds Kata to its containerd. Refuses nodes with another runtime.
 * Throws KudCombinationRefused.
 */
export const existingNodeScript = (layer: NodeLayer, matrix: Matrix, programs: NodeLayerPrograms): string => {
  const parts = partsOf({ ...layer, kata: true }, matrix, programs)
  return script([
    `# Adds Kata Containers to a node that is in a cluster already, by KudProfile ${layer.name}. Run it as root on the node.`,
    '# It may be run again. Rendered by katametal.',
    ...settings(parts, 'existing'),
    programs.functions,
    programs.existing,
    printer('kata_drop_in', kataDropIn(3, parts.handlers)),
    printer('kata_tables', kataTables(2, parts.handlers)),
    'trap \'fail "line $LINENO: $BASH_COMMAND"\' ERR',
    'require_root',
    'refuse_other_runtimes',
    'require_kubelet',
    'judge_containerd',
    ...hostSteps(parts, { keepSwap: true }),
    ...kernelArgumentSteps(parts),
    ...kataSteps(parts),
    'add_handlers',
    'require_handlers',
    'say "Kata is installed.$KM_RESTART_NEEDED Prove it with a pod, then label the Node katacontainers.io/kata-runtime=true (docs/kud.md)."',
  ])
}

const partsOf = (layer: NodeLayer, matrix: Matrix, programs: NodeLayerPrograms): Parts => {
  const judged = judge(layer.spec, matrix)
  return {
    ...layer,
    judged,
    handlers: layer.kata ? handlersOf(layer.spec.runtimeClasses) : [],
    archives: archivesOf(layer.spec, judged, matrix),
    programs,
    matrix,
  }
}

const script = (sections: readonly string[]): string =>
  `#!/bin/bash\n${sections.map(section => section.replace(/\n$/, '')).join('\n')}\n`

const settings = ({ name, spec, handlers, matrix }: Parts, mode: 'boot' | 'existing'): string[] => {
  const row = matrix.kubernetes.find(({ minor }) => minor === minorOf(spec.kubernetes.version))
  const accepted = (row?.containerd ?? []).map((patch, index) => (index === 0 ? `${patch}+` : patch))
  const values: Readonly<Record<string, string>> = {
    KM_MODE: mode,
    KM_PROFILE: name,
    KM_KUBERNETES_VERSION: withoutV(spec.kubernetes.version),
    ...(mode === 'existing'
      ? { KM_CONTAINERD_ACCEPTED: accepted.join(' ') }
      : {
          KM_CONTAINERD_VERSION: withoutV(spec.containerd.version),
          KM_RUNC_VERSION: withoutV(spec.containerd.runcVersion ?? ''),
        }),
    KM_KATA_VERSION: withoutV(spec.kata.version),
    KM_KERNEL_ARGUMENTS: (spec.hostSetup?.kernelArguments ?? []).join(' '),
    // handler,shim,configuration
    KM_HANDLERS: handlers
      .map(handler => [handler, handlerFacts[handler].shim, handlerFacts[handler].configuration].join(','))
      .join(' '),
  }
  return [
    '# shellcheck disable=SC2034,SC2317 # one set of functions serves several scripts',
    'set -Eeuo pipefail',
    ...Object.entries(values).map(([variable, value]) => `${variable}=${quoted(value)}`),
  ]
}

const packages = ['ca-certificates', 'curl', 'zstd', 'xz-utils', 'kmod', 'procps']
const kubernetesPackages = ['socat', 'conntrack', 'ebtables', 'ethtool', 'iptables', 'ipset', 'pciutils']

const hostSteps = ({ spec, kata }: Parts, { keepSwap = false } = {}): string[] => [
  `install_packages ${[...packages, ...(keepSwap ? [] : kubernetesPackages)].join(' ')}`,
  ...(keepSwap ? [] : ['swap_off']),
  putFile('/etc/modules-load.d/katametal.conf', '0644', files.modulesFile(spec, kata)),
  putFile('/etc/sysctl.d/99-katametal.conf', '0644', files.sysctlFile(spec)),
  ...(kata ? ['choose_kvm_module', 'require_virtualization'] : []),
  'load_modules',
  'apply_sysctls',
  ...(kata ? ['require_kvm'] : []),
]

const kernelArgumentSteps = ({ spec }: Parts): string[] => {
  const wanted = spec.hostSetup?.kernelArguments ?? []
  return wanted.length === 0
    ? []
    : [putFile('/etc/default/grub.d/90-katametal.cfg', '0644', files.grubFile(wanted)), 'kernel_arguments']
}

const runtimeSteps = ({ archives }: Parts): string[] => [
  ...(archives.containerd === undefined
    ? []
    : [
        `install_archive containerd ${archiveWords(archives.containerd)} /usr/local`,
        putFile('/etc/systemd/system/containerd.service', '0644', files.containerdUnit),
      ]),
  'require_containerd',
  ...(archives.runc === undefined ? [] : [`install_program ${archiveWords(archives.runc)} /usr/local/sbin/runc`]),
  'require_runc',
  ...(archives.cniPlugins === undefined
    ? []
    : [`install_archive cni-plugins ${archiveWords(archives.cniPlugins)} /opt/cni/bin`]),
  'require_cni_plugins',
  putFile('/etc/crictl.yaml', '0644', files.crictlFile),
]

const kataSteps = ({ kata, archives, handlers, programs }: Parts): string[] =>
  kata
    ? [
        ...(archives.kata === undefined ? [] : [`install_archive kata ${archiveWords(archives.kata)} /`]),
        ...(archives.kataGo === undefined ? [] : [`install_archive kata-go ${archiveWords(archives.kataGo)} /`]),
        'require_kata',
        putFile('/etc/katametal/kata-handlers', '0644', handlers.join('\n')),
        putFile('/usr/local/sbin/katametal-kata-check', '0755', programs.kataCheck),
      ]
    : []

const kubeletSteps = ({ spec, kata, programs }: Parts): string[] => [
  'require_kubelet',
  'note_provider_id',
  putFile('/etc/katametal/kubelet-arguments', '0644', files.kubeletArgumentsFile(spec, kata)),
  putFile('/usr/local/lib/katametal/kubelet-arguments', '0755', programs.kubeletArguments),
  putFile('/etc/systemd/system/kubelet.service.d/20-katametal.conf', '0644', files.kubeletDropIn),
  'systemctl daemon-reload',
]

const archiveWords = ({ url, sha256 }: { url: string; sha256: string }): string => `${quoted(url)} ${sha256}`
