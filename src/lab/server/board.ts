/** Where the firmware of a server boots from. */
export type BootSource =
  /** The virtual CD; `url` is the image that was inserted. */
  | { readonly kind: 'cd'; readonly url: string }
  | { readonly kind: 'network' }
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'disk' }
  /** The setup menu: nothing is booted. */
  | { readonly kind: 'setup' }

/** Firmware settings as the CPU sees them. */
export interface FirmwareFacts {
  readonly vtx: boolean
  readonly vtd: boolean
}

/** What the main board (the BMC simulator) offers to the machine on it. */
export interface Board {
  /** The firmware starts: pending BIOS settings are applied. */
  postStarted(): void
  /** The firmware is done: which boot source comes next. Uses up a boot override of `Once`. */
  postEnded(): BootSource
  firmware(): FirmwareFacts
  /** The system has halted itself: power goes off. */
  powerDown(): void
}

/** What the main board does to the machine on it. All take effect at once and never throw. */
export interface PoweredMachine {
  /** Before anything else; `on` says that the machine runs already, with nothing booted. */
  attach(board: Board, on: boolean): void
  powerOn(): void
  powerOff(): void
  /** The power button was pressed shortly: a running system shuts down in its own time, anything else ignores it. */
  pressPowerButton(): void
}
