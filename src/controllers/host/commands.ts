/**
 * What the lifecycle may ask for. Each command looks before it acts and does nothing when its end is reached already,
 * so that running it again after a crash is harmless.
 */
export type HostCommand =
  /** Read the inventory from the BMC and write HostInventory. */
  | { readonly type: 'inspect' }
  /** Take the agent's report into HostInventory. */
  | { readonly type: 'mergeAgentInventory' }
  /** Read the BIOS, resolve the profile and write HostFirmware. */
  | { readonly type: 'planFirmware' }
  /** Make the planned values pending. */
  | { readonly type: 'writeFirmware' }
  /** Note that the profile is met. */
  | { readonly type: 'settleFirmware' }
  | { readonly type: 'powerOn' }
  /** Cut the power. Only where nothing of value runs. */
  | { readonly type: 'powerOff' }
  /** Ask the operating system to shut down, and cut the power when it does not. */
  | { readonly type: 'shutDown' }
  /** Mint an operation id and write it into the operation annotation. */
  | { readonly type: 'beginOperation'; readonly params: { readonly kind: 'Provision' | 'Deprovision' } }
  /** Open the operation at the deploy server; point the next boot of a server that is off to the agent; switch on. */
  | { readonly type: 'bootAgent' }
  /** Keep the operation open for an agent that is booting; cut the power when it takes too long. */
  | { readonly type: 'awaitAgent' }
  /** The agent is gone: only one that says hello again counts. What it has done is remembered. */
  | { readonly type: 'forgetAgent' }
  /** Tell the agent what to do. */
  | { readonly type: 'directAgent'; readonly params: { readonly task: AgentTask } }
  /** Eject our medium and clear the boot override. */
  | { readonly type: 'clearBoot' }
  /** Write the installed annotation. */
  | { readonly type: 'recordInstalled' }
  /** Close the operation and remove its annotations. */
  | { readonly type: 'endOperation' }
  /** Wait for the first boot at the deploy server. */
  | { readonly type: 'awaitFirstBoot' }
  /** Close the operation at the deploy server: its tokens and boot data die. */
  | { readonly type: 'closeOperation' }
  /** Forget what was installed. */
  | { readonly type: 'forgetInstalled' }
  | { readonly type: 'acknowledgeReboot' }
  | { readonly type: 'acknowledgeInspect' }
  /** Log out of the BMC and let the object go. */
  | { readonly type: 'release' }

export type AgentTask = 'write' | 'handover' | 'wipe'
