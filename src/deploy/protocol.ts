import { z } from 'zod'

/**
 * What the manager and the programs on a server say to each other: the deploy agent in RAM, and the installed system
 * at its first boot. JSON over HTTPS; the server pins the CA from its boot settings. Shared with the agent, so this
 * file imports nothing of ours.
 *
 * The life of an operation, all below `/v1/operations/<operationID>` with `Authorization: Bearer <token>`:
 *
 *   POST hello       agent -> AgentHello, answer AgentPlan          (any number of times; says what it found)
 *   GET  plan        agent -> AgentPlan                             (long poll up to 20 s: answers when the plan changes)
 *   POST progress    agent -> AgentProgress, answer {}              (about once a second)
 *   POST result      agent -> AgentResult, answer AgentPlan         (what to do next)
 *   GET  bootdata    agent -> BootData                              (while the plan is `handover`; then 410)
 *   POST log         agent -> AgentLog, answer {}                   (lines of its log, as often as it has some)
 *   POST phone-home  first boot -> PhoneHome, answer {}             (with BootData.phoneHomeToken)
 *
 * The plan goes wait* -> write-image -> handover -> power-off, or wait* -> wipe -> power-off. A task is done at most
 * once: an agent that is given a taskID which it has finished answers with the same result again. A manager that was
 * restarted relies on that.
 *
 * 401 no token, 403 a token that opens nothing here, 410 already served. 409: the manager knows nothing of this agent
 * (yet, or any more): the agent waits for Retry-After and says hello again.
 */
export const agentPaths = {
  hello: 'hello',
  plan: 'plan',
  progress: 'progress',
  result: 'result',
  bootdata: 'bootdata',
  log: 'log',
  phoneHome: 'phone-home',
} as const

/**
 * Settings in the reserved block of the boot image. The block starts with {@link settingsMagic}, is
 * {@link settingsBlockBytes} long, and holds the JSON right after the magic, padded with spaces.
 */
export const settingsMagic = 'KATAMETAL-SETTINGS-V1\n'
export const settingsBlockBytes = 16384

export const bootSettingsSchema = z.object({
  version: z.literal(1),
  /** https://<manager>/v1/operations/<operationID> */
  url: z.url(),
  token: z.string().min(16),
  /** PEM of the CA that signed the certificate of the manager. */
  ca: z.string(),
  /** NIC to use; any with a lease when absent. */
  mac: z.string().optional(),
  /** Contents of the networkData Secret, when one is named. */
  network: z.string().optional(),
  /** RFC 3339: when the operation was opened. A server whose clock is behind takes it, or it could trust no certificate. */
  time: z.string().optional(),
  /** Minutes without a task, or without a manager, after which the agent switches the server off; 15 when absent. */
  giveUpMinutes: z.number().positive().optional(),
})

/**
 * In the block of an image that is the same for all servers (network boot by TFTP): the agent asks
 * `<discovery>/<mac>/settings` for its own, for each of its NICs, until one is known.
 */
export const discoverySettingsSchema = z.object({
  version: z.literal(1),
  /** https://<manager>/v1/netboot */
  discovery: z.url(),
  ca: z.string(),
  time: z.string().optional(),
  giveUpMinutes: z.number().positive().optional(),
})

export const agentHelloSchema = z.object({
  agentVersion: z.string(),
  /** Changes with every boot of the agent. */
  bootID: z.string(),
  /** What the running kernel sees; same shapes as HostInventory.spec. */
  inventory: z.object({
    system: z
      .object({
        manufacturer: z.string().optional(),
        model: z.string().optional(),
        serialNumber: z.string().optional(),
        uuid: z.string().optional(),
        biosVersion: z.string().optional(),
        bootMode: z.enum(['UEFI', 'Legacy']).optional(),
        secureBoot: z.boolean().optional(),
        tpm: z.string().optional(),
      })
      .optional(),
    processors: z
      .object({
        architecture: z.string().optional(),
        threads: z.int().optional(),
        model: z.string().optional(),
        flags: z.array(z.string()).optional(),
      })
      .optional(),
    memory: z.object({ totalMiB: z.int() }).optional(),
    nics: z
      .array(
        z.object({
          name: z.string(),
          mac: z.string(),
          linkUp: z.boolean().optional(),
          speedMbps: z.int().optional(),
          model: z.string().optional(),
          /** What the switch at the other end says of itself (LLDP). */
          lldp: z
            .object({
              chassisID: z.string().optional(),
              portID: z.string().optional(),
              systemName: z.string().optional(),
            })
            .optional(),
        }),
      )
      .optional(),
    drives: z
      .array(
        z.object({
          deviceName: z.string(),
          model: z.string().optional(),
          vendor: z.string().optional(),
          serialNumber: z.string().optional(),
          wwn: z.string().optional(),
          wwnVendorExtension: z.string().optional(),
          hctl: z.string().optional(),
          sizeBytes: z.int(),
          rotational: z.boolean().optional(),
        }),
      )
      .default([]),
    virtualization: z
      .object({
        cpuFlag: z.boolean().optional(),
        kvm: z.boolean().optional(),
        iommuGroups: z.int().optional(),
        /** The firmware tells of an IOMMU: ACPI table DMAR (Intel) or IVRS (AMD). */
        iommuTable: z.boolean().optional(),
        sriovTotalVFs: z.int().optional(),
      })
      .optional(),
  }),
})

export const agentPlanSchema = z.discriminatedUnion('action', [
  /** Nothing to do yet: ask again (GET plan). */
  z.object({ action: z.literal('wait') }),
  z.object({
    action: z.literal('write-image'),
    taskID: z.string(),
    image: z.object({
      /** A raw disk image, as it is or compressed with gzip, zstd or xz. One at the manager is asked for with the token. */
      url: z.string(),
      /** Of the file behind url; absent only when the user has waived it. */
      checksum: z.string().optional(),
      checksumType: z.enum(['sha256', 'sha512']),
      /** Read everything back from the disk and compare. */
      verifyDisk: z.boolean().optional(),
    }),
    device: z.string(),
    /** What must be true of the device still; it was chosen from a hello. */
    expected: z.object({ sizeBytes: z.int(), serialNumber: z.string().optional() }).optional(),
  }),
  /** Fetch BootData, write the config drive beside the image, flush, answer with a result. */
  z.object({ action: z.literal('handover'), taskID: z.string(), device: z.string() }),
  z.object({
    action: z.literal('wipe'),
    taskID: z.string(),
    /**
     * metadata: partition tables and the ends of each partition. erase: what the drive itself offers (crypto or secure
     * erase), else overwrite. overwrite: zeros everywhere.
     */
    level: z.enum(['metadata', 'erase', 'overwrite']),
    /** Device names not to touch. */
    keep: z.array(z.string()),
  }),
  /** The server is wanted off: halt. The manager also asks the BMC. */
  z.object({ action: z.literal('power-off') }),
])

export const agentProgressSchema = z.object({
  taskID: z.string(),
  phase: z.enum(['Writing', 'Verifying', 'Wiping']),
  bytes: z.int(),
  totalBytes: z.int().optional(),
})

export const wipeProofSchema = z.object({
  device: z.string(),
  serialNumber: z.string().optional(),
  sizeBytes: z.int(),
  /** How the contents went. */
  method: z.enum(['metadata', 'overwrite', 'nvme-crypto-erase', 'nvme-user-data-erase', 'ata-secure-erase']),
  firstMiBZero: z.boolean(),
  lastMiBZero: z.boolean(),
  /** Partitions that the kernel finds after looking again. */
  partitions: z.int(),
})

/** Lines of the agent's log since the last ones that were acknowledged. */
export const agentLogSchema = z.object({
  lines: z.array(z.object({ time: z.string(), text: z.string().max(1000) })).max(500),
})

export const agentResultSchema = z.object({
  taskID: z.string(),
  ok: z.boolean(),
  /** For write-image: hex digest of what was streamed, and how much. For wipe: devices done. */
  digest: z.string().optional(),
  bytes: z.int().optional(),
  device: z.string().optional(),
  wiped: z.array(z.string()).optional(),
  /** For write-image with verifyDisk: hex digest of what was read back from the disk. */
  diskDigest: z.string().optional(),
  /** For wipe: what was seen on each disk afterwards. */
  proof: z.array(wipeProofSchema).optional(),
  /** For ok = false: one code of the error table that fits (ImageMissing, ImageChecksumMismatch, ...). */
  code: z.string().optional(),
  message: z.string().optional(),
})

/** The NoCloud config drive of the installed system. */
export const bootDataSchema = z.object({
  /** Byte for byte the bootstrap data, base64. */
  userData: z.string(),
  /** YAML: instance-id, local-hostname, provider_id. */
  metaData: z.string(),
  vendorData: z.string().optional(),
  networkConfig: z.string().optional(),
  /** Where and with which token the first boot reports. */
  phoneHomeURL: z.string(),
  phoneHomeToken: z.string(),
  ca: z.string(),
})

export const phoneHomeSchema = z.object({
  hostName: z.string(),
  bootstrap: z.enum(['succeeded', 'failed']),
  /** Last lines of the log for `failed`. */
  log: z.string().max(8192).optional(),
  addresses: z.array(z.string()).default([]),
  /** Facts of the running system that prove firmware settings. */
  virtualization: z
    .object({
      cpuFlag: z.boolean().optional(),
      kvm: z.boolean().optional(),
      iommuGroups: z.int().optional(),
      sriovTotalVFs: z.int().optional(),
    })
    .optional(),
})

export type BootSettings = z.output<typeof bootSettingsSchema>
export type DiscoverySettings = z.output<typeof discoverySettingsSchema>
export type AgentHello = z.output<typeof agentHelloSchema>
export type AgentPlan = z.output<typeof agentPlanSchema>
export type AgentProgress = z.output<typeof agentProgressSchema>
export type AgentLogLines = z.output<typeof agentLogSchema>
export type WipeProof = z.output<typeof wipeProofSchema>
export type AgentResult = z.output<typeof agentResultSchema>
export type BootData = z.output<typeof bootDataSchema>
export type PhoneHome = z.output<typeof phoneHomeSchema>
