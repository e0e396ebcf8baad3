import { z } from 'zod'
import { quantitySchema } from '../meta.js'

const atomic = { 'x-kubernetes-list-type': 'atomic' } as const

/** vMAJOR.MINOR.PATCH, with or without the v. */
export const versionSchema = z
  .string()
  .max(64)
  .regex(/^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$/)

/** A file that nodes fetch; without a URL the release page of its project is meant. */
const archiveSchema = z.object({
  url: z.string().min(1).max(4096).optional().describe('Where nodes fetch it; the release of the project if left out.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('Digest of the file; it is not unpacked when it differs.'),
})

export const kubernetesSchema = z
  .object({
    version: versionSchema.describe('Version of kubelet and kubeadm, for example v1.35.2.'),
    kubeletArguments: z
      .record(z.string(), z.string().max(1024))
      .optional()
      .describe('Further kubelet arguments, without leading dashes.'),
  })
  .describe('Kubernetes on the nodes.')

export const containerdSchema = z
  .object({
    version: versionSchema.describe('containerd 1.7.28 or later; 2.3 for Kubernetes 1.36.'),
    archive: archiveSchema.optional().describe('The containerd archive.'),
    runcVersion: versionSchema.optional().describe('runc; the one that containerd was released with if left out.'),
    cniPluginsVersion: versionSchema.optional().describe('The reference CNI plugins in /opt/cni/bin.'),
  })
  .describe('The one container runtime. runc is its default; Kata is asked for by runtime class.')

/** Handlers of Kata for which a shim configuration is shipped with Kata. */
export const kataHandlers = [
  'kata-qemu-runtime-rs',
  'kata-clh-runtime-rs',
  'kata-dragonball',
  'kata-qemu',
  'kata-clh',
] as const

export const kataSchema = z
  .object({
    version: versionSchema.describe('Kata Containers, for example 4.1.0.'),
    archive: archiveSchema.optional().describe('The kata-static archive.'),
    annotations: z
      .array(z.string().min(1).max(253))
      .max(32)
      .default([])
      .meta(atomic)
      .describe('Pod annotations (below io.katacontainers.) that tenants may set; none if empty.'),
  })
  .describe('Kata Containers on the nodes.')

export const runtimeClassSchema = z.object({
  name: z
    .string()
    .min(1)
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    .describe('Name of the RuntimeClass.'),
  handler: z.enum(kataHandlers).describe('Handler in containerd.'),
  overhead: z
    .object({
      memory: quantitySchema.describe('For example 320Mi: VMM, shim and virtiofsd live in it.'),
      cpu: quantitySchema.describe('For example 250m.'),
    })
    .describe('What each pod costs beside its containers (podFixed); the scheduler counts with it.'),
  nodeSelector: z
    .record(z.string(), z.string().max(63))
    .default({ 'katacontainers.io/kata-runtime': 'true' })
    .describe('Nodes that can run it.'),
})

export const hostSetupSchema = z
  .object({
    kernelModules: z
      .array(z.string().min(1).max(64))
      .max(64)
      .default(['br_netfilter', 'overlay', 'vhost', 'vhost_net', 'vhost_vsock'])
      .meta({ 'x-kubernetes-list-type': 'set' })
      .describe('Modules that are loaded at every boot, beside those for KVM.'),
    sysctls: z
      .record(z.string(), z.string().max(256))
      .default({ 'net.bridge.bridge-nf-call-iptables': '1', 'net.ipv4.ip_forward': '1' })
      .describe('Kernel settings.'),
    kernelArguments: z
      .array(z.string().min(1).max(256))
      .max(64)
      .default([])
      .meta(atomic)
      .describe('Further arguments of the kernel, for example intel_iommu=on.'),
  })
  .describe('What the operating system of a node needs before containerd starts.')
