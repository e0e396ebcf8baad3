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
 *   POST phone-home  first boot -> PhoneHome, answer {}             (with BootData.phoneHomeToken)
 *
 * The plan goes wait* -> write-image -> handover -> power-off, or wait* -> wipe -> power-off. A task is done at most
 * once: an agent that is given a taskID which it has finished answers with the same result again. A manager that was
 * restarted relies on that.
 *
 * 401 unknown token, 404 unknown operation, 410 already served. 409: the manager knows nothing of this agent (yet, or
 * any more): the agent waits for Retry-After and says hello again.
 */
export const agentPaths = {
  hello: 'hello',
  plan: 'plan',
  progress: 'progress',
  result: 'result',
  bootdata: 'bootdata',
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
})

export const agentHelloSchema = z.object({
  agentVersion: z.string(),
  /** Changes with every boot of the agent. */
  bootID: z.string(),
  /** What the running kernel sees; same shapes as HostInventory.spec. */
  inventory: z.object({
    processors: z.looseObject({ flags: z.array(z.string()).optional() }).optional(),
    memory: z.looseObject({}).optional(),
    nics: z.array(z.looseObject({})).optional(),
    drives: z
      .array(
        z.object({
          deviceName: z.string(),
          model: z.string().optional(),
          vendor: z.string().optional(),
          serialNumber: z.string().optional(),
          wwn: z.string().optional(),
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
      url: z.string(),
      format: z.enum(['raw', 'qcow2']),
      checksum: z.string(),
      checksumType: z.enum(['sha256', 'sha512']),
    }),
    device: z.string(),
  }),
  /** Fetch BootData, write the config drive beside the image, flush, answer with a result. */
  z.object({ action: z.literal('handover'), taskID: z.string(), device: z.string() }),
  z.object({
    action: z.literal('wipe'),
    taskID: z.string(),
    level: z.enum(['metadata']),
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

export const agentResultSchema = z.object({
  taskID: z.string(),
  ok: z.boolean(),
  /** For write-image: hex digest of what was streamed, and how much. For wipe: devices done. */
  digest: z.string().optional(),
  bytes: z.int().optional(),
  device: z.string().optional(),
  wiped: z.array(z.string()).optional(),
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
export type AgentHello = z.output<typeof agentHelloSchema>
export type AgentPlan = z.output<typeof agentPlanSchema>
export type AgentProgress = z.output<typeof agentProgressSchema>
export type AgentResult = z.output<typeof agentResultSchema>
export type BootData = z.output<typeof bootDataSchema>
export type PhoneHome = z.output<typeof phoneHomeSchema>
