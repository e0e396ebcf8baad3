import { z } from 'zod'
import { quantitySchema } from '../meta.js'

const atomic = { 'x-kubernetes-list-type': 'atomic' } as const

/** vMAJOR.MINOR.PATCH, with or without the v. */
export const versionSchema = z
  .string()
  .max(64)
  .regex(/^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$/)

/** A file that nodes fetch; without a URL the release page of its project is meant. */
export const archiveSchema = z.object({
  url: z
    .string()
    .max(4096)
    .regex(/^https?:\/\/[^\s'"\\]+$/)
    .optional()
    .describe('Where nodes fetch it; the release of the project if left out.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('Digest of the file; it is not unpacked when it differs.'),
})

const inTheImage = 'if left out, the image of the node must bring it.'

export const kubernetesSchema = z
  .object({
    version: versionSchema.describe('Version of kubelet and kubeadm, for example v1.35.2.'),
    kubeletArguments: z
      .record(
        z.string(),
        z
          .string()
          .max(1024)
          .regex(/^[^\s'"\\]*$/),
      )
      .optional()
      .describe('Further kubelet arguments, without leading dashes.'),
  })
  .describe('Kubernetes on the nodes.')

export const containerdSchema = z
  .object({
    version: versionSchema.describe('containerd 1.7.28 or later; 2.3 for Kubernetes 1.36.'),
    archive: archiveSchema.optional().describe(`The containerd archive; ${inTheImage}`),
    runcVersion: versionSchema.optional().describe('Oldest runc that is accepted; any if left out.'),
    runcArchive: archiveSchema.optional().describe(`The runc program of runcVersion; ${inTheImage}`),
    cniPluginsVersion: versionSchema.optional().describe('Reference CNI plugins; needed with cniPluginsArchive.'),
    cniPluginsArchive: archiveSchema.optional().describe(`Their archive, unpacked to /opt/cni/bin; ${inTheImage}`),
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
    archive: archiveSchema.optional().describe(`The kata-static archive; ${inTheImage}`),
    goArchive: archiveSchema
      .optional()
      .describe(`The kata-go-static archive, which handlers kata-qemu and kata-clh need since Kata 4.1; ${inTheImage}`),
    proofImage: z
      .string()
      .max(512)
      .regex(/^[^\s]+$/)
      .default('registry.k8s.io/e2e-test-images/busybox:1.36.1-1')
      .describe('Image of the pods that prove a Node, with sh and uname; a mirror on sites without internet.'),
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
    .optional()
    .describe(
      'What each pod costs beside its containers (podFixed), not less than what the Kata release asks for, which is taken if left out.',
    ),
  nodeSelector: z
    .record(z.string(), z.string().max(63))
    .default({ 'katacontainers.io/kata-runtime': 'true' })
    .describe('Nodes that can run it.'),
})

export const hostSetupSchema = z
  .object({
    kernelModules: z
      .array(
        z
          .string()
          .max(64)
          .regex(/^[A-Za-z0-9_-]+$/),
      )
      .max(64)
      .default([])
      .meta({ 'x-kubernetes-list-type': 'set' })
      .describe(
        'Further modules that are loaded at every boot, beside overlay and br_netfilter and, for Kata, vhost, vhost_net, vhost_vsock and that of KVM.',
      ),
    sysctls: z
      .record(
        z.string(),
        z
          .string()
          .max(256)
          .regex(/^[^\n]*$/),
      )
      .default({})
      .describe(
        'Further kernel settings, beside those that Kubernetes needs: bridged traffic through iptables, IPv4 forwarding.',
      ),
    kernelArguments: z
      .array(
        z
          .string()
          .max(256)
          .regex(/^[A-Za-z0-9_.,:=/-]+$/),
      )
      .max(64)
      .default([])
      .meta(atomic)
      .describe(
        'Further arguments of the kernel, for example intel_iommu=on. A node without them restarts once before its bootstrap begins.',
      ),
  })
  .describe('What the operating system of a node needs before containerd starts.')
