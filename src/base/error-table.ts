import type { ErrorDescription } from './errors.js'

/**
 * Every error that katametal can report. docs/errors.md is generated from this table. Keep rows grouped by what
 * they are about; never rename a code that was released.
 */
export const errorTable = {
  // ---- reaching and opening a BMC
  BMCAddressInvalid: {
    kind: 'input',
    what: 'the BMC address cannot be understood',
    remedy:
      'Use a Metal3-style address such as redfish-virtualmedia://192.0.2.10/redfish/v1/Systems/1 or ipmi://192.0.2.10.',
  },
  BMCSchemeUnknown: {
    kind: 'input',
    what: 'the scheme of the BMC address is not known',
    remedy:
      'Use one of ipmi, redfish, redfish+http, redfish+https, redfish-virtualmedia, redfish-uefihttp, idrac-redfish, idrac-virtualmedia, ilo5-redfish, ilo5-virtualmedia or https.',
  },
  BMCUnreachable: {
    kind: 'unreachable',
    what: 'the BMC does not answer',
    remedy: 'Check the address, cabling and firewall between the manager and the BMC network. katametal keeps trying.',
  },
  BMCCertificateRefused: {
    kind: 'input',
    what: 'the certificate of the BMC is not trusted',
    remedy:
      'Give its CA in spec.bmc.caBundle, its SHA-256 fingerprint in spec.bmc.fingerprint, or (lab only) set spec.bmc.disableCertificateVerification.',
  },
  BMCLoginRefused: {
    kind: 'input',
    what: 'the BMC refused the user name or password',
    remedy:
      'Put the right username and password into the credentials Secret. Nothing is tried again until the Secret changes, so that the account is not locked.',
  },
  BMCCredentialsMissing: {
    kind: 'input',
    what: 'the credentials Secret is missing or lacks username or password',
    remedy:
      'Create the Secret named in spec.bmc.credentialsName in the namespace of the host, with keys username and password.',
  },
  BMCForbidden: {
    kind: 'input',
    what: 'the BMC account lacks the privilege for this',
    remedy: 'Give the account the Administrator role (or at least Login, ConfigureComponents and ConfigureManager).',
  },
  BMCSessionLimit: {
    kind: 'transient',
    what: 'all sessions of the BMC are in use',
    remedy: 'Close other sessions (web consoles, scripts). katametal waits and uses one session per BMC.',
  },
  BMCBusy: {
    kind: 'transient',
    what: 'the BMC is busy',
    remedy: 'Nothing to do: katametal tries again. If it lasts, reset the BMC.',
  },
  BMCTimeout: {
    kind: 'transient',
    what: 'the BMC did not finish its answer in time',
    remedy: 'Nothing to do: katametal tries again. If it lasts, check the BMC load and reset the BMC.',
  },
  BMCConnectionLost: {
    kind: 'transient',
    what: 'the BMC closed the connection before it answered',
    remedy: 'Nothing to do: katametal reads the state again before it repeats anything.',
  },
  BMCProtocol: {
    kind: 'fault',
    what: 'the answer of the BMC makes no sense',
    remedy:
      'Run `katametal bmc doctor <address>` and report what it shows; a BMC firmware update or reset often helps.',
  },
  BMCNotFound: {
    kind: 'fault',
    what: 'the BMC does not have this resource',
    remedy: 'Check the system path in the BMC address; leave the path away to let katametal find the system.',
  },
  BMCPrecondition: {
    kind: 'transient',
    what: 'the resource changed on the BMC while it was being written',
    remedy: 'Nothing to do: katametal reads it again and decides anew.',
  },
  BMCRejected: {
    kind: 'fault',
    what: 'the BMC rejected the request',
    remedy: 'Read the message of the BMC; `katametal bmc doctor <address>` shows what this BMC can do.',
  },
  BMCUnsupported: {
    kind: 'fault',
    what: 'the BMC does not offer this',
    remedy: '`katametal bmc doctor <address>` shows what this BMC can do and which other way would work.',
  },
  BMCTaskFailed: {
    kind: 'fault',
    what: 'a task of the BMC failed',
    remedy: 'Read the message of the task; clear the job queue of the BMC if an old job blocks it.',
  },
  BMCJobConflict: {
    kind: 'fault',
    what: 'another configuration job waits on the BMC',
    remedy:
      'Restart the server so that it runs, or delete it in the job queue of the BMC. katametal deletes a job only when it holds nothing but settings that katametal is about to overwrite.',
  },
  BMCWriteIgnored: {
    kind: 'fault',
    what: 'the BMC accepted a write but the value did not change',
    remedy: 'katametal repeats the write with back-off. If it lasts, update or reset the BMC.',
  },
  SystemNotFound: {
    kind: 'fault',
    what: 'no usable ComputerSystem was found behind the BMC',
    remedy: 'Name the system path in the BMC address, for example /redfish/v1/Systems/1.',
  },
  IPMIToolMissing: {
    kind: 'input',
    what: 'ipmitool is not installed where the manager runs',
    remedy: 'Install ipmitool (Debian package ipmitool) or use a Redfish address.',
  },

  // ---- firmware
  FirmwareProfileUnknown: {
    kind: 'input',
    what: 'the firmware profile does not exist',
    remedy: 'Create the FirmwareProfile in the namespace of the host, or use a shipped one: kata, kata-sriov.',
  },
  FirmwareProfileInvalid: {
    kind: 'input',
    what: 'the firmware profile is not valid',
    remedy: 'Correct the field; `katametal bmc plan --profile FILE <address>` shows what a profile would do.',
  },
  FirmwareKnobImpossible: {
    kind: 'fault',
    what: 'a wish of the firmware profile cannot be met on this server',
    remedy: 'Remove the wish from the profile, or set it by hand where the message says who forbids it.',
  },
  FirmwareNotApplied: {
    kind: 'fault',
    what: 'firmware settings were written and the server restarted, but they read back unchanged',
    remedy: 'Look into the BMC job queue and the BIOS setup; use the retry-now annotation to try again.',
  },

  // ---- image and deploy
  ImageMissing: {
    kind: 'input',
    what: 'the image cannot be fetched',
    remedy:
      'Correct spec.image.url: it must be reachable from the server network and answer 200. When the file itself was put right, the retry-now annotation tries at once.',
  },
  ImageChecksumMissing: {
    kind: 'input',
    what: 'the image has no checksum',
    remedy:
      'Set spec.image.checksum and spec.image.checksumType (sha256 or sha512), or waive it with spec.image.skipChecksum over https.',
  },
  ImageChecksumMismatch: {
    kind: 'fault',
    what: 'the image does not have the checksum that was asked for',
    remedy: 'Correct spec.image.checksum or the file behind spec.image.url.',
  },
  ImageUnusable: {
    kind: 'input',
    what: 'the image cannot be used as it is',
    remedy: 'Use a raw disk image, as it is or compressed with gzip, zstd or xz.',
  },
  DiskTooSmall: {
    kind: 'input',
    what: 'the disk is too small for the image',
    remedy: 'Choose a bigger disk with spec.rootDeviceHints, or a smaller image.',
  },
  RootDeviceNotFound: {
    kind: 'input',
    what: 'no disk of the server matches the root device hints',
    remedy: 'Correct spec.rootDeviceHints; `kubectl describe hostinventory <name>` lists the disks.',
  },
  UserDataMissing: {
    kind: 'input',
    what: 'the user data Secret is missing',
    remedy: 'Create the Secret named in spec.userData with a key `value` or `userData`.',
  },
  SecretMissing: {
    kind: 'input',
    what: 'a Secret that the spec names is missing or lacks its key',
    remedy:
      'Create the Secret in the namespace of the host: spec.networkData and spec.preprovisioningNetworkDataName need a key networkData, spec.metaData a key metaData.',
  },
  NetworkDataInvalid: {
    kind: 'input',
    what: 'the network data cannot be used by the first boot',
    remedy:
      'Write it as cloud-init network configuration version 1 or 2 (`version: 2`, `ethernets: ...`) in the Secret named in spec.networkData.',
  },
  NetworkAddressUnplaced: {
    kind: 'input',
    what: 'a static address is for no known NIC',
    remedy: 'Give spec.bootMACAddress of the host, or macAddress with each entry of spec.addresses.',
  },
  BootMethodMissing: {
    kind: 'fault',
    what: 'the server offers no way to boot the deploy agent',
    remedy: 'Give a boot MAC address in spec.bootMACAddress for network boot, or license virtual media on the BMC.',
  },
  AgentFailed: {
    kind: 'fault',
    what: 'the deploy agent reported a failure',
    remedy: 'Read the message; the host can be tried again with the retry-now annotation.',
  },
  AgentTokenRefused: {
    kind: 'refused',
    what: 'the token does not belong to a running operation',
    remedy: 'Tokens die with their operation; boot the server through its BareMetalHost again.',
  },
  BootstrapFailed: {
    kind: 'fault',
    what: 'the first boot reported that its bootstrap failed',
    remedy: 'Read the log in the message and on the console of the server; correct the bootstrap configuration.',
  },
  FeatureNotProven: {
    kind: 'fault',
    what: 'the running server does not show a feature that the profile demands',
    remedy: 'Compare `kubectl describe hostfirmware <name>` with the BIOS setup; the message names the evidence.',
  },

  // ---- node layer
  KudProfileUnknown: {
    kind: 'input',
    what: 'the KudProfile does not exist',
    remedy:
      'Create the KudProfile in the namespace of the KataMetalCluster that names it; for `katametal kud render`, name a file or a shipped profile.',
  },
  KudProfileInvalid: {
    kind: 'input',
    what: 'the KudProfile is not valid',
    remedy: 'Correct the field; docs/reference/api.md describes each.',
  },
  KudCombinationRefused: {
    kind: 'input',
    what: 'parts of the KudProfile do not go together',
    remedy: 'Change the versions or fields as the message says; config/kud/matrix.yaml lists what goes together.',
  },
  KataNotProven: {
    kind: 'fault',
    what: 'no Kata pod could be shown to run in a VM on the Node',
    remedy:
      'Run /usr/local/sbin/katametal-kata-check on the node: it looks at KVM, modules, containerd and leftovers. The start-up taint stays until the proof succeeds; it is tried again.',
  },

  // ---- lifecycle
  StateDeadlinePassed: {
    kind: 'fault',
    what: 'the step did not finish before its deadline',
    remedy: '`katametal host explain <name>` says what is awaited; katametal keeps trying with back-off.',
  },
  HostInUse: {
    kind: 'refused',
    what: 'the host is in use',
    remedy: 'Delete the Machine (or clear spec.image) first; the host is wiped and becomes Available again.',
  },
  DuplicateBMC: {
    kind: 'input',
    what: 'another BareMetalHost already manages this BMC',
    remedy: 'Delete one of the two objects or correct its address.',
  },
  FieldNotActedOn: {
    kind: 'input',
    what: 'the field is accepted for compatibility but nothing acts on it',
    remedy: 'Remove the field, or see docs/reference/api.md for what takes its place.',
  },

  // ---- Cluster API
  NoHostAvailable: {
    kind: 'fault',
    what: 'no free host matches',
    remedy:
      'Add a host, free one, or widen spec.hostSelector and spec.needs; the message counts why each host was left out.',
  },
  HostLost: {
    kind: 'fault',
    what: 'the claimed host no longer exists',
    remedy: 'Delete the Machine to get a replacement, or restore the BareMetalHost object.',
  },
  BootstrapFormatUnknown: {
    kind: 'input',
    what: 'the format of the bootstrap data is not known',
    remedy:
      'Have the bootstrap provider write cloud-config (KubeadmConfig spec.format), which is what cloud-init on the config drive takes.',
  },
  ControlPlaneEndpointMissing: {
    kind: 'input',
    what: 'nobody has given a control plane endpoint',
    remedy: 'Set spec.controlPlaneEndpoint on the KataMetalCluster or on the Cluster.',
  },

  // ---- Kubernetes API
  KubernetesUnreachable: {
    kind: 'unreachable',
    what: 'the Kubernetes API does not answer',
    remedy: 'Check the kubeconfig, the address in it and the network.',
  },
  KubernetesForbidden: {
    kind: 'fault',
    what: 'the Kubernetes API forbids this',
    remedy: 'Bind the role in config/rbac to the user or ServiceAccount.',
  },
  KubernetesNotFound: {
    kind: 'input',
    what: 'the object does not exist',
    remedy: 'Check name and namespace.',
  },
  KubernetesConflict: {
    kind: 'transient',
    what: 'the object was changed by somebody else meanwhile',
    remedy: 'Nothing to do: katametal reads it again and decides anew.',
  },
  KubernetesRejected: {
    kind: 'input',
    what: 'the Kubernetes API rejected the request',
    remedy: 'Read its message: it names the field.',
  },
  KubernetesBusy: {
    kind: 'transient',
    what: 'the Kubernetes API asks to slow down or failed for a moment',
    remedy: 'Nothing to do: katametal tries again.',
  },
  KubernetesUnauthorized: {
    kind: 'fault',
    what: 'the Kubernetes API does not accept the token or certificate',
    remedy: 'Renew the credentials in the kubeconfig; they may have expired.',
  },
  KubernetesCertificateRefused: {
    kind: 'fault',
    what: 'the certificate of the Kubernetes API is not trusted',
    remedy: 'Put the CA of the API server and an address that its certificate names into the kubeconfig.',
  },
  KubernetesExpired: {
    kind: 'transient',
    what: 'the Kubernetes API no longer has the history that was asked for',
    remedy: 'Nothing to do: katametal reads everything again.',
  },
  KubeconfigInvalid: {
    kind: 'input',
    what: 'the kubeconfig cannot be used',
    remedy: 'Set KUBECONFIG or --kubeconfig to a readable file with a current context.',
  },
  LeaseLost: {
    kind: 'fault',
    what: 'another manager took over the lease',
    remedy: 'Nothing to do: the other manager works; this one ends and is started again.',
  },

  // ---- command line and general
  UsageInvalid: {
    kind: 'input',
    what: 'the command cannot be understood',
    remedy: 'Run it with --help.',
  },
  FileInvalid: {
    kind: 'input',
    what: 'the file cannot be used',
    remedy: 'Check that it exists, is readable and has the expected form.',
  },
  DeadlineExceeded: {
    kind: 'transient',
    what: 'it took longer than allowed',
    remedy: 'Look at what it waited for, or give it more time; the manager tries again by itself.',
  },
  Cancelled: {
    kind: 'cancelled',
    what: 'it was stopped on request',
    remedy: 'Run it again to go on.',
  },
  Internal: {
    kind: 'fault',
    what: 'an unexpected fault of katametal',
    remedy: 'Please report it with the log around it.',
  },
} as const satisfies Record<string, ErrorDescription>
