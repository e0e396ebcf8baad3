import type { KubeObject } from '../../../api/meta.js'
import { type Clock, sleep } from '../../base/clock.js'
import { toKatametalError } from '../../base/errors.js'
import type { Logger } from '../../base/log.js'
import { createKubeClient } from '../../kube/client.js'
import { createInformer } from '../../kube/informer.js'
import { loadApiAccess } from '../../kube/kubeconfig.js'
import { type Node, nodes, type Secret } from '../../kube/resource-types.js'
import type { Change, Informer, KubeClient, ResourceClient, Store } from '../../kube/types.js'

export interface ConnectionParts {
  /** Reads Secret `<cluster>-kubeconfig`; undefined when there is none. */
  readonly readKubeconfig: (signal: AbortSignal) => Promise<Secret | undefined>
  readonly onNode: (change: Change<Node>) => void
  readonly clock: Clock
  readonly log: Logger
}

/** What one kubeconfig opened. */
interface Opened {
  /** `data.value` of the Secret it came from. */
  readonly value: string
  readonly client: KubeClient
  readonly informer: Informer<Node>
  readonly end: AbortController
  readonly further: Map<string, { readonly informer: Informer<KubeObject>; synced: boolean }>
  synced: boolean
}

/** Makes an informer that is not run yet, and says whom to tell when its first list has arrived. */
export type FurtherInformer<T extends KubeObject> = (client: KubeClient) => {
  readonly informer: Informer<T>
  readonly arrived: () => void
}

/** Until there is a kubeconfig: it appears with the control plane, and a Node waits for nobody. */
const retryMs = 2_000
/** The Secret is not watched, as that would need the right to list all Secrets; renewed ones are seen this late. */
const renewalMs = 30_000

/** Keeps an informer over the Nodes of one workload cluster open, whatever becomes of its kubeconfig. */
export class WorkloadConnection {
  readonly #parts: ConnectionParts
  #opened: Opened | undefined
  /** Told once, not at every look. */
  #trouble: string | undefined

  constructor(parts: ConnectionParts) {
    this.#parts = parts
  }

  /** The informer and the client, once the first list has arrived. */
  get ready(): { informer: Informer<Node>; nodes: ResourceClient<Node>; client: KubeClient } | undefined {
    return this.#opened?.synced === true
      ? {
          informer: this.#opened.informer,
          nodes: this.#opened.client.resource<Node>(nodes),
          client: this.#opened.client,
        }
      : undefined
  }

  /**
   * The store of a further informer, which `make` makes at the first question and which lives as long as the connection;
   * undefined until its first list has arrived, which `make` hears of by `arrived`.
   */
  further<T extends KubeObject>(name: string, make: FurtherInformer<T>): Store<T> | undefined {
    const opened = this.#opened
    if (opened?.synced !== true) return undefined
    const known = opened.further.get(name)
    if (known !== undefined) return known.synced ? (known.informer as unknown as Informer<T>).store : undefined
    const { informer, arrived } = make(opened.client)
    const entry = { informer: informer as unknown as Informer<KubeObject>, synced: false }
    opened.further.set(name, entry)
    void informer
      .run(opened.end.signal)
      .catch((error: unknown) => this.#parts.log.error({ err: error }, 'an informer ended'))
    void informer.synced(opened.end.signal).then(
      () => {
        entry.synced = true
        arrived()
      },
      () => undefined,
    )
    return undefined
  }

  /** Works until the signal is aborted. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look(signal)
      await sleep(this.#parts.clock, this.#opened === undefined ? retryMs : renewalMs, signal).catch(() => undefined)
    }
    await this.#close()
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { log } = this.#parts
    try {
      const value = (await this.#parts.readKubeconfig(signal))?.data?.['value']
      if (value !== this.#opened?.value) await this.#close()
      if (value !== undefined && this.#opened === undefined) await this.#open(value)
      this.#trouble = undefined
    } catch (error) {
      const known = toKatametalError(error)
      if (signal.aborted || known.message === this.#trouble) return
      this.#trouble = known.message
      log.warn({ err: known }, 'the workload cluster cannot be opened')
    }
  }

  async #open(value: string): Promise<void> {
    const { clock, log } = this.#parts
    const access = await loadApiAccess({ contents: Buffer.from(value, 'base64').toString('utf8') }, clock)
    const client = createKubeClient(access, { clock })
    const end = new AbortController()
    const indexes = { providerID: ({ spec }: Node) => (spec?.providerID ? [spec.providerID] : []) }
    const informer = createInformer<Node>(client, nodes, { clock, log, indexes })
    const opened: Opened = { value, client, informer, end, further: new Map(), synced: false }
    this.#opened = opened
    informer.onChange(change => this.#parts.onNode(change))
    void informer.run(end.signal).catch((error: unknown) => log.error({ err: error }, 'the Node informer ended'))
    void informer.synced(end.signal).then(
      () => {
        opened.synced = true
        // Whoever asked for a Node before it could be known must ask again.
        for (const object of informer.store.list()) this.#parts.onNode({ type: 'added', object })
        log.info({ server: client.server }, 'watching the Nodes of the workload cluster')
      },
      () => undefined,
    )
  }

  async #close(): Promise<void> {
    const opened = this.#opened
    this.#opened = undefined
    opened?.end.abort()
    await opened?.client.close()
  }
}
