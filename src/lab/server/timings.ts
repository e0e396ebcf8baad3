/** How long a simulated server takes, in milliseconds; divided by `speed`. */
export interface ServerTimings {
  /** Every duration below is divided by this. */
  readonly speed: number
  /** From power on to the choice of the boot source. */
  readonly post: number
  /** From the boot medium to the first word of the deploy agent. */
  readonly agentBoot: number
  /** The least time that writing an image takes, however small it is. */
  readonly imageWrite: number
  readonly wipe: number
  /** From the boot loader on the disk to the running system. */
  readonly diskBoot: number
  /** The bootstrap of the first boot, before the Node is made. */
  readonly bootstrap: number
  /** From the Node being there until it is Ready. */
  readonly nodeReady: number
  /** How long a running system takes to shut down. */
  readonly shutdown: number
  /** First pause after a failed request; doubles up to sixteen times this. */
  readonly retry: number
}

/** About a tenth of what a real server takes. */
export const defaultServerTimings: ServerTimings = {
  speed: 1,
  post: 2000,
  agentBoot: 1500,
  imageWrite: 1000,
  wipe: 500,
  diskBoot: 1000,
  bootstrap: 1000,
  nodeReady: 500,
  shutdown: 500,
  retry: 250,
}
