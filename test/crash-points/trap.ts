import type { Checkpoint } from '../../src/controllers/host/ports.js'
import type { Site } from '../support/site.js'

/** `intent`: status says what is about to be done. `done`: it was done, and nothing has reported it yet. */
export interface CrashPoint {
  readonly at: 'intent' | 'done'
  /** `<State>[.<step>] <command>` */
  readonly command: string
}

/** Watches the commands of a manager, and holds it still at one of them so that something can happen meanwhile. */
export class Trap {
  /** What was sent, each once, in the order of its first time. */
  readonly sent = new Set<string>()
  readonly #site: Site
  readonly #armed: { readonly point: CrashPoint; readonly sprung: () => Promise<void> }[] = []
  #kill: (reason: Error) => void = () => undefined
  #place = ''

  constructor(site: Site) {
    this.#site = site
  }

  /** Resolves when the manager stands still at the point, for the first time from now on. It stays so until killed. */
  arm(point: CrashPoint): Promise<void> {
    return new Promise(reached => {
      const sprung = () =>
        new Promise<void>((_, reject) => {
          this.#kill = reject
          reached()
        })
      this.#armed.push({ point, sprung })
    })
  }

  /** Does something while the manager stands still at the point, once; the manager goes on afterwards. */
  meanwhile(point: CrashPoint, doing: () => Promise<void>): void {
    this.#armed.push({ point, sprung: doing })
  }

  /** Ends the manager that is held still, as hard as a process can end itself from inside, and starts the next. */
  async killAndRestart(): Promise<void> {
    const stopping = this.#site.stopManager()
    this.#kill(new Error('killed'))
    await stopping
    await this.#site.startManager(this.checkpoint)
  }

  readonly checkpoint: Checkpoint = async (at, command, host) => {
    const [namespace, name = ''] = host.split('/')
    // After its release the object is gone; the command was sent where it was when it was intended.
    if (at === 'intent') {
      const { status } = await this.#site.hosts.get(namespace, name)
      this.#place = [status?.state, status?.step].filter(part => part !== undefined).join('.')
    }
    const sent = `${this.#place} ${command}`
    this.sent.add(sent)
    const hit = this.#armed.findIndex(({ point }) => point.at === at && point.command === sent)
    const [armed] = hit === -1 ? [] : this.#armed.splice(hit, 1)
    await armed?.sprung()
  }
}
