import { isDeepStrictEqual } from 'node:util'
import type { Cluster } from '../../../api/cluster-api.js'
import {
  type KataMetalMachineTemplate,
  kataMetalMachineTemplate,
} from '../../../api/infrastructure/kata-metal-machine-template.js'
import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import type { HostInventory } from '../../../api/metal/host-inventory.js'
import type { Clock } from '../../base/clock.js'
import type { Logger } from '../../base/log.js'
import type { Metrics } from '../../base/metrics.js'
import { findCondition } from '../../kube/conditions.js'
import { type Controller, createController } from '../../kube/controller.js'
import { typeOf } from '../../kube/resource-types.js'
import { type Change, type Informer, type Key, type KubeClient, keyOf, type Reconcile } from '../../kube/types.js'
import { ownerOfKind } from '../contract/owner.js'
import { isPaused } from '../contract/paused.js'
import { capacityOf } from './capacity.js'

export interface TemplateControllerDeps {
  readonly client: KubeClient
  /** Run by the caller. `hosts` needs the index `namespace` of the machine controller. */
  readonly informers: {
    readonly templates: Informer<KataMetalMachineTemplate>
    readonly clusters: Informer<Cluster>
    readonly hosts: Informer<BareMetalHost>
    readonly inventories: Informer<HostInventory>
  }
  readonly clock: Clock
  readonly log: Logger
  readonly metrics?: Metrics
}

/** Fills status of KataMetalMachineTemplates. Woken by themselves, and by hosts whose labels or hardware change. */
export const createTemplateController = (deps: TemplateControllerDeps): Controller => {
  const { informers, clock, log, metrics } = deps
  const { templates, hosts, inventories, clusters } = informers
  const controller = createController({
    name: 'katametalmachinetemplate',
    reconcile: createTemplateReconcile(deps),
    clock,
    log,
    ...(metrics === undefined ? {} : { metrics }),
  })
  const inNamespace = (namespace: string | undefined): Key[] =>
    templates.store
      .list()
      .filter(({ metadata }) => metadata.namespace === namespace)
      .map(keyOf)

  controller.watch(templates, object => [keyOf(object)])
  controller.watch(inventories, ({ metadata }) => inNamespace(metadata.namespace))
  controller.watch(hosts, ({ metadata }, change) => (mayMatter(change) ? inNamespace(metadata.namespace) : []))
  controller.watch(clusters, ({ metadata }, { object, previous }) =>
    previous !== undefined && previous.spec?.paused !== object.spec?.paused ? inNamespace(metadata.namespace) : [],
  )
  return controller
}

const createTemplateReconcile = ({ client, informers }: TemplateControllerDeps): Reconcile => {
  const { templates, hosts, inventories, clusters } = informers
  const resource = client.resource<KataMetalMachineTemplate>(typeOf(kataMetalMachineTemplate))
  return async (key, { signal }) => {
    const object = templates.store.get(key)
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return undefined
    const { namespace, name, resourceVersion } = object.metadata
    const owner = ownerOfKind(object, 'Cluster')?.name
    const cluster = owner === undefined ? undefined : clusters.store.get(`${namespace ?? ''}/${owner}`)
    if (isPaused(object, cluster)) return undefined
    const wanted = capacityOf(object, hosts.store.byIndex('namespace', namespace ?? ''), host =>
      inventories.store.get(keyOf(host)),
    )
    const { capacity, nodeInfo } = object.status ?? {}
    if (isDeepStrictEqual({ capacity, nodeInfo }, { capacity: wanted.capacity, nodeInfo: wanted.nodeInfo }))
      return undefined
    // null first: a merge patch would keep resources that are not offered any more.
    const gone = Object.fromEntries(Object.keys(capacity ?? {}).map(resourceName => [resourceName, null]))
    const status =
      wanted.capacity === undefined
        ? { capacity: null, nodeInfo: null }
        : { capacity: { ...gone, ...wanted.capacity }, nodeInfo: wanted.nodeInfo }
    await resource.mergePatchStatus(namespace, name, { metadata: { resourceVersion }, status }, { signal })
    return undefined
  }
}

/** Hosts report several times a second; few of their changes are about what they are. */
const mayMatter = ({ type, object, previous }: Change<BareMetalHost>): boolean =>
  type !== 'updated' ||
  !isDeepStrictEqual(object.metadata.labels, previous?.metadata.labels) ||
  !isDeepStrictEqual(object.status?.hardware, previous?.status?.hardware) ||
  findCondition(object.status?.conditions, 'KataCapable')?.status !==
    findCondition(previous?.status?.conditions, 'KataCapable')?.status
