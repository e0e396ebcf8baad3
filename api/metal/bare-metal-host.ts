import { z } from 'zod'
import type { Kind, ObjectOf } from '../kind.js'
import { conditionsSchema, localNameSchema, timeSchema } from '../meta.js'
import { type Rule, withRules } from '../rules.js'
import { metalGroup, metalVersion, moveHierarchyLabels } from './group.js'

const secretReference = z
  .object({
    name: localNameSchema.describe('Name of the Secret.'),
    namespace: localNameSchema.optional().describe('Namespace of the Secret; must be that of the host when given.'),
  })
  .describe('Reference to a Secret in the namespace of the host.')

const macAddress = z
  .string()
  .max(17)
  .regex(/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/)

export const rootDeviceHintsSchema = z
  .object({
    deviceName: z.string().max(256).optional().describe('Path such as /dev/sda or /dev/disk/by-path/...'),
    hctl: z.string().max(64).optional().describe('SCSI host:channel:target:lun, for example 3:0:0:0.'),
    model: z.string().max(256).optional().describe('Part of the model name.'),
    vendor: z.string().max(256).optional().describe('Part of the vendor name.'),
    serialNumber: z.string().max(256).optional().describe('Whole serial number.'),
    minSizeGigabytes: z.int().min(0).max(1_000_000).optional().describe('Smallest size in GiB.'),
    wwn: z.string().max(64).optional().describe('Whole unique storage identifier.'),
    wwnWithExtension: z.string().max(64).optional().describe('Identifier with the vendor extension appended.'),
    wwnVendorExtension: z.string().max(64).optional().describe('The vendor extension alone.'),
    rotational: z.boolean().optional().describe('True for a spinning disk.'),
  })
  .describe('Which disk to install to: every given hint must match, and exactly one disk must remain.')

/** An algorithm alone says nothing about an image. */
export const checksumRule: Rule<{ checksum?: string | undefined; checksumType?: string | undefined }> = {
  rule: '!has(self.checksumType) || has(self.checksum)',
  message: 'checksumType needs a checksum',
  holds: ({ checksum, checksumType }) => checksumType === undefined || checksum !== undefined,
}

const imageSchema = withRules(
  z
    .object({
      url: z.string().min(1).max(4096).describe('Where the image is: http(s)://..., as reached from the server.'),
      checksum: z.string().max(4096).optional().describe('Hex digest of the file behind url.'),
      checksumType: z.enum(['sha256', 'sha512']).optional().describe('Algorithm of checksum; sha256 when left out.'),
      format: z
        .enum(['raw', 'qcow2', 'vdi', 'vmdk', 'live-iso'])
        .optional()
        .describe('Disk format; raw when left out.'),
      skipChecksum: z
        .boolean()
        .optional()
        .describe(
          'Write the image although there is no checksum; only over https with a publicly trusted certificate.',
        ),
      verifyDisk: z
        .boolean()
        .optional()
        .describe('Read everything back from the disk after writing and compare its digest.'),
      ociAuthSecretName: localNameSchema.optional().describe('Pull secret for oci:// images.'),
    })
    .describe('The operating system image to write.'),
  checksumRule,
)

/** Fields of Metal3 manifests that are taken without complaint but that nothing acts on; see controllers/host. */
const compatibilityFields = {
  disablePowerOff: z.boolean().optional().describe('Accepted for compatibility; katametal switches servers off.'),
  raid: z
    .looseObject({})
    .nullable()
    .optional()
    .describe('Accepted for compatibility; katametal does not configure RAID.'),
  customDeploy: z
    .object({ method: z.string().max(256).describe('Accepted for compatibility.') })
    .optional()
    .describe('Accepted for compatibility; katametal always deploys with its own agent.'),
  firmware: z.looseObject({}).optional().describe('Accepted for compatibility; use firmwareProfileName.'),
  hardwareProfile: z.string().max(256).optional().describe('Accepted for compatibility; never acted on.'),
  taints: z
    .array(z.looseObject({}))
    .max(64)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Accepted for compatibility; never acted on.'),
  networkInterfaces: z
    .array(z.looseObject({}))
    .max(64)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Accepted for compatibility; katametal does not program switches.'),
} as const

export const compatibilityFieldNames = Object.keys(compatibilityFields) as (keyof typeof compatibilityFields)[]

const ipAddress = z
  .string()
  .min(2)
  .max(45)
  .regex(/^[0-9a-fA-F.:]+$/)

/** A static address of the installed system. */
export const staticAddressSchema = z.object({
  address: ipAddress.describe('The IPv4 or IPv6 address.'),
  prefix: z.int().min(0).max(128).describe('Length of the prefix of its network.'),
  gateway: ipAddress.optional().describe('Gateway of the default route of its family.'),
  nameservers: z
    .array(ipAddress)
    .max(8)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Addresses of DNS servers.'),
  macAddress: macAddress.optional().describe('MAC of the NIC; bootMACAddress when left out.'),
})

export const bareMetalHostSpecSchema = z
  .object({
    bmc: z
      .object({
        address: z
          .string()
          .min(1)
          .max(2048)
          .describe(
            'Metal3-style address: <scheme>://<host>[:port][/redfish/v1/Systems/<id>]. Schemes: docs/bmc-addresses.md.',
          ),
        fallbackAddress: z
          .string()
          .max(2048)
          .regex(/^ipmi:\/\/[^/@\s]+$/)
          .optional()
          .describe(
            'ipmi://<host>[:port] of the same server, with the same credentials: its power is switched there where Redfish cannot.',
          ),
        credentialsName: localNameSchema.describe('Secret with keys username and password.'),
        disableCertificateVerification: z
          .boolean()
          .optional()
          .describe('Trust any certificate. Shown in condition BMCReachable; for labs only.'),
        caBundle: z
          .string()
          .max(65536)
          .optional()
          .describe('PEM certificates that may have signed the certificate of the BMC.'),
        fingerprint: z
          .string()
          .max(128)
          .regex(/^([0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2}$/)
          .optional()
          .describe('SHA-256 fingerprint of the certificate of the BMC; pins a self-signed certificate.'),
      })
      .describe('How to reach the BMC.'),
    bootMACAddress: macAddress.optional().describe('MAC of the NIC the server boots from; needed for network boot.'),
    bootMode: z.enum(['UEFI', 'UEFISecureBoot', 'legacy']).default('UEFI').describe('Firmware boot mode.'),
    online: z
      .boolean()
      .optional()
      .describe('Wanted power state in Available and InService; left as it is when not given, on once installed.'),
    architecture: z.enum(['x86_64', 'aarch64']).optional().describe('CPU architecture when inspection is disabled.'),
    consumerRef: z
      .object({
        apiVersion: z.string().max(512).optional().describe('Its API version.'),
        kind: z.string().max(256).optional().describe('Its kind.'),
        name: localNameSchema.optional().describe('Its name.'),
        namespace: localNameSchema.optional().describe('Its namespace.'),
        uid: z.string().max(64).optional().describe('Its UID.'),
      })
      .optional()
      .describe('Who uses the host. Set by the claim of a KataMetalMachine.'),
    description: z.string().max(4096).optional().describe('For people.'),
    image: imageSchema.optional(),
    userData: secretReference.optional().describe('cloud-init user data for the first boot (key value or userData).'),
    metaData: secretReference.optional().describe('Additional cloud-init meta data (key metaData).'),
    networkData: secretReference
      .optional()
      .describe('Network configuration for the installed system (key networkData).'),
    addresses: z
      .array(staticAddressSchema)
      .max(16)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Static addresses of the installed system; not looked at when networkData is given.'),
    preprovisioningNetworkDataName: localNameSchema
      .optional()
      .describe('Secret with the network configuration of the deploy agent (key networkData).'),
    rootDeviceHints: rootDeviceHintsSchema.optional(),
    firmwareProfileName: localNameSchema
      .optional()
      .describe('FirmwareProfile of the same namespace, or a shipped one (kata, kata-sriov).'),
    externallyProvisioned: z
      .boolean()
      .optional()
      .describe('The server is installed already: manage power, never write.'),
    automatedCleaningMode: z
      .enum(['metadata', 'erase', 'overwrite', 'disabled'])
      .default('metadata')
      .describe(
        'How to wipe disks when the host is given back: metadata removes partition tables and what is at the ends of partitions; erase lets each drive erase itself (crypto or secure erase) and overwrites those that cannot; overwrite writes zeros everywhere.',
      ),
    preservedDisks: z
      .array(rootDeviceHintsSchema)
      .max(64)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Disks that are never written or wiped: each entry names those that match all of its hints.'),
    inspectionMode: z
      .enum(['agent', 'fast', 'disabled'])
      .default('fast')
      .describe('fast asks the BMC; agent also boots the deploy agent; disabled trusts the spec.'),
    ...compatibilityFields,
  })
  .describe('What the server is and what shall become of it.')

/** The states of a host's life (docs/lifecycle.md), in their usual order. */
export const hostStates = [
  'Discovering',
  'Inspecting',
  'Preparing',
  'Available',
  'Provisioning',
  'Joining',
  'InService',
  'Servicing',
  'Deprovisioning',
  'Deleting',
] as const

export const bareMetalHostStatusSchema = z
  .object({
    observedGeneration: z.int().min(0).optional().describe('The metadata.generation that the rest is about.'),
    state: z.enum(hostStates).optional().describe('Where the host is in its life (docs/lifecycle.md).'),
    step: z.string().max(64).optional().describe('The step inside the state.'),
    since: timeSchema.optional().describe('When the step was entered.'),
    deadline: timeSchema.optional().describe('When the step counts as stuck.'),
    attempt: z.int().min(0).optional().describe('How often the present step has failed in a row.'),
    retryTime: timeSchema.optional().describe('After a failure: when it is tried again.'),
    nextLook: timeSchema.optional().describe('When the controller looks again if nothing happens before.'),
    awaiting: z.string().max(1024).optional().describe('What the step waits for, in words.'),
    operationID: z.string().max(64).optional().describe('Identifies one run through Provisioning or Deprovisioning.'),
    intent: z
      .object({
        command: z.string().max(64).describe('Name of the command.'),
        operationID: z.string().max(64).optional().describe('The operation it belongs to.'),
        time: timeSchema.describe('When it was written.'),
      })
      .optional()
      .describe('The command that was about to be run; written before it.'),
    progress: z
      .object({
        phase: z.string().max(64).describe('What is being done, for example WritingImage.'),
        step: z.int().min(0).describe('Number of the step, from 1.'),
        steps: z.int().min(0).describe('How many steps there are.'),
        bytes: z.int().min(0).optional().describe('Bytes done.'),
        totalBytes: z.int().min(0).optional().describe('Bytes to do, when known.'),
        percent: z.int().min(0).max(100).optional().describe('The same in percent.'),
      })
      .optional()
      .describe('How far a long step is.'),
    poweredOn: z.boolean().optional().describe('Power as last seen.'),
    bmc: z
      .object({
        vendor: z.string().max(64).optional().describe('As recognised from data: dell, hpe, lenovo, supermicro, ...'),
        product: z.string().max(256).optional().describe('Management controller, for example iDRAC9.'),
        generation: z
          .string()
          .max(64)
          .optional()
          .describe('Generation of the server in the words of its maker, for example 15G or Gen11.'),
        firmwareVersion: z.string().max(256).optional().describe('Firmware version of the BMC.'),
        system: z.string().max(1024).optional().describe('Path of the chosen ComputerSystem.'),
        manager: z.string().max(1024).optional().describe('Path of its Manager.'),
        bootMethods: z
          .array(z.string().max(64))
          .max(16)
          .optional()
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe('VirtualMedia, UefiHttp, Pxe; best first.'),
        resetTypes: z
          .array(z.string().max(64))
          .max(32)
          .optional()
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe('Reset types that the ComputerSystem allows.'),
        biosSettings: z.boolean().optional().describe('Whether BIOS attributes can be written.'),
        capabilities: z
          .object({
            mediaSlots: z
              .array(z.string().max(1024))
              .max(32)
              .optional()
              .meta({ 'x-kubernetes-list-type': 'atomic' })
              .describe('Virtual media slots that take a CD image; best first.'),
            settingsObject: z.string().max(1024).optional().describe('Where BIOS settings wait for a restart.'),
            applyTimes: z
              .array(z.string().max(64))
              .max(16)
              .optional()
              .meta({ 'x-kubernetes-list-type': 'atomic' })
              .describe('Apply times that the settings object lists.'),
            secureBoot: z.boolean().optional().describe('Whether secure boot has a resource of its own.'),
            taskService: z.boolean().optional().describe('Whether there is a TaskService.'),
            events: z.string().max(32).optional().describe('none, push, or push and stream.'),
            expand: z.string().max(64).optional().describe('Query that brings a collection with its members.'),
            expandLevels: z.int().min(0).optional().describe('How deep it may go.'),
            sessionTimeoutSeconds: z.int().min(0).optional().describe('How long an idle session lives.'),
            sessionLimit: z
              .int()
              .min(0)
              .optional()
              .describe('Sessions that were open when one more had been refused; unknown until that happens.'),
          })
          .optional()
          .describe('What else the Redfish service offers.'),
      })
      .optional()
      .describe('What the BMC is and can do.'),
    hardware: z
      .object({
        manufacturer: z.string().max(256).optional().describe('Who made the server.'),
        model: z.string().max(256).optional().describe('Model of the server.'),
        serialNumber: z.string().max(256).optional().describe('Serial number of the server.'),
        processor: z.string().max(256).optional().describe('Model of the processors.'),
        cores: z.int().min(0).optional().describe('All cores together.'),
        threads: z.int().min(0).optional().describe('All threads together.'),
        memoryMiB: z.int().min(0).optional().describe('Memory in MiB.'),
        storageGiB: z.int().min(0).optional().describe('All disks together, in GiB.'),
        nics: z.int().min(0).optional().describe('Number of NICs.'),
      })
      .optional()
      .describe('Summary of the HostInventory of the same name.'),
    installed: z
      .object({
        url: z.string().max(4096).describe('Where the image came from.'),
        checksum: z.string().max(4096).optional().describe('Its digest, which was verified.'),
        operationID: z.string().max(64).optional().describe('The operation that wrote it.'),
        time: timeSchema.describe('When it was written.'),
      })
      .optional()
      .describe('The image on the disk and the operation that wrote it.'),
    wipe: z
      .object({
        operationID: z.string().max(64).describe('The operation that wiped.'),
        time: timeSchema.describe('When it was done.'),
        disks: z
          .array(
            z.object({
              device: z.string().max(256).describe('As the deploy agent called it.'),
              serialNumber: z.string().max(256).optional().describe('Serial number.'),
              sizeBytes: z.int().min(0).describe('Size in bytes.'),
              method: z.string().max(64).describe('metadata, overwrite, nvme-crypto-erase, ata-secure-erase, ...'),
              firstMiBZero: z.boolean().describe('Whether the first MiB reads as zeros.'),
              lastMiBZero: z.boolean().describe('Whether the last MiB reads as zeros.'),
              partitions: z.int().min(0).describe('Partitions that the kernel still finds.'),
            }),
          )
          .max(256)
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe('What was seen on each disk afterwards.'),
      })
      .optional()
      .describe('Proof of the last wipe.'),
    firmwareDigest: z
      .string()
      .max(64)
      .optional()
      .describe('Digest of the firmware profile that the BIOS was last brought to; none without a profile.'),
    firstBoot: z
      .object({
        operationID: z.string().max(64).describe('The operation that installed it.'),
        bootstrap: z.enum(['succeeded', 'failed']).describe('How the bootstrap ended.'),
        hostName: z.string().max(253).describe('Host name of the installed system.'),
        time: timeSchema.describe('When the report came.'),
        message: z.string().max(4096).optional().describe('End of the log of a failed bootstrap.'),
        virtualization: z
          .object({
            cpuFlag: z.boolean().optional().describe('vmx or svm in the CPU flags.'),
            kvm: z.boolean().optional().describe('Whether KVM_CREATE_VM succeeded.'),
            iommuGroups: z.int().min(0).optional().describe('Number of IOMMU groups; 0 means no IOMMU.'),
            sriovTotalVFs: z.int().min(0).optional().describe('Virtual functions that the NICs offer together.'),
          })
          .optional()
          .describe('What the running system shows.'),
      })
      .optional()
      .describe('What the installed system reported from its first boot.'),
    node: z
      .object({
        name: z.string().max(253).optional().describe('Its name.'),
        providerID: z.string().max(512).optional().describe('Its spec.providerID.'),
        ready: z.boolean().optional().describe('Whether its Ready condition is True.'),
      })
      .optional()
      .describe('The Kubernetes Node the server became.'),
    addresses: z
      .array(
        z.object({
          type: z
            .enum(['Hostname', 'InternalIP', 'ExternalIP', 'InternalDNS', 'ExternalDNS'])
            .describe('What kind of address it is.'),
          address: z.string().min(1).max(256).describe('The address.'),
        }),
      )
      .max(64)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('How the installed system is reached.'),
    triedCredentials: z
      .object({
        secret: z.string().max(253).describe('Name of the Secret.'),
        resourceVersion: z.string().max(64).describe('Its version.'),
        address: z.string().max(2048).optional().describe('The BMC address.'),
        refused: z.boolean().describe('Whether the BMC refused it.'),
      })
      .optional()
      .describe(
        'Which version of the Secret was tried last, and where, so that a refused password is not tried twice.',
      ),
    lastAnswers: z
      .array(
        z.object({
          time: timeSchema.describe('When it was seen.'),
          what: z.string().max(512).describe('What was asked.'),
          answer: z.string().max(1024).describe('What came back.'),
        }),
      )
      .max(8)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('The last writes to the BMC and failures seen from it, newest first.'),
    handledReboots: z
      .array(z.string().max(253))
      .max(32)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Reboot annotations of clients that were acted on and are still set.'),
    conditions: conditionsSchema,
  })
  .describe('What is known about the host. Rebuilt by looking when lost.')

export const bareMetalHost = {
  group: metalGroup,
  version: metalVersion,
  kind: 'BareMetalHost',
  plural: 'baremetalhosts',
  shortNames: ['bmh', 'bmhost'],
  categories: ['katametal'],
  description:
    'One physical server: how to reach its BMC, what to install on it and what became of it. Field names and BMC addresses are a superset of those of Metal3, so that existing manifests carry over.',
  spec: bareMetalHostSpecSchema,
  status: bareMetalHostStatusSchema,
  columns: [
    { name: 'State', type: 'string', jsonPath: '.status.state' },
    { name: 'Step', type: 'string', jsonPath: '.status.step' },
    { name: 'Consumer', type: 'string', jsonPath: '.spec.consumerRef.name' },
    { name: 'Power', type: 'boolean', jsonPath: '.status.poweredOn' },
    { name: 'Kata', type: 'string', jsonPath: ".status.conditions[?(@.type=='KataCapable')].reason" },
    { name: 'Ready', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].status" },
    { name: 'Reason', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].reason" },
    { name: 'Model', type: 'string', jsonPath: '.status.hardware.model', priority: 1 },
    { name: 'BMC', type: 'string', jsonPath: '.spec.bmc.address', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  crdLabels: moveHierarchyLabels,
} as const satisfies Kind

export type BareMetalHost = ObjectOf<typeof bareMetalHost>
export type BareMetalHostSpec = z.output<typeof bareMetalHostSpecSchema>
export type BareMetalHostStatus = z.output<typeof bareMetalHostStatusSchema>
export type HostState = (typeof hostStates)[number]
export type RootDeviceHints = z.output<typeof rootDeviceHintsSchema>

/** Condition types of BareMetalHost, in the order in which they are shown. */
export const hostConditionTypes = [
  'Ready',
  'BMCReachable',
  'Inspected',
  'FirmwareCompliant',
  'VirtualizationEnabled',
  'IOMMUEnabled',
  'KataCapable',
  'Provisioned',
  'Joined',
  'KataProven',
  'Stuck',
  'Paused',
] as const

export type HostConditionType = (typeof hostConditionTypes)[number]
