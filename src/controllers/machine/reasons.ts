/**
 * Reasons of the conditions of KataMetalMachine that are not error codes (those are in docs/errors.md). Stable; explained
 * in docs/cluster-api.md.
 */
export const machineReasons = [
  /** The Cluster does not say yet that its infrastructure is provisioned. */
  'WaitingForClusterInfrastructure',
  /** A worker: the control plane it shall join does not exist yet. */
  'WaitingForControlPlaneInitialized',
  /** The bootstrap provider has not written the bootstrap data yet. */
  'WaitingForBootstrapData',
  /** Nothing is claimed yet: the message tells the place in the queue, or `Ready` gives the reason. */
  'WaitingForHost',
  /** An IPAddressClaim has no address yet; the message names it and what it says. */
  'WaitingForAddress',
  /** The claimed host is being prepared, written and booted. */
  'Provisioning',
  /** The installed system was booted; its Node has not been seen. */
  'WaitingForNode',
  /** The host is being emptied and switched off because the object is deleted. */
  'Releasing',
  'HostClaimed',
  'BootstrapDataReady',
  'Provisioned',
  'NodeJoined',
  'Ready',
] as const

export type MachineReason = (typeof machineReasons)[number]
