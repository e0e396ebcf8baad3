import { randomUUID } from 'node:crypto'
import { type Clock, sleep } from '../../base/clock.js'
import { toKatametalError } from '../../base/errors.js'
import type { Logger } from '../../base/log.js'
import type { RuntimeClass } from '../../kud/runtime-classes.js'
import { createInformer } from '../../kube/informer.js'
import { type Node, nodes, type Pod, pods } from '../../kube/resource-types.js'
import { type KubeClient, keyOf, type ResourceType } from '../../kube/types.js'
import type { FirmwareFacts } from '../server/board.js'

/** A simulated server as the kubelet on it sees it. */
export interface KubeletServer {
  /** Name of its BareMetalHost. */
  readonly name: string
  readonly server: { readonly state: string; readonly firmware: FirmwareFacts | undefined }
}

export interface KubeletsOptions {
  /** Of the API server that holds the Nodes. */
  readonly client: KubeClient
  readonly servers: readonly KubeletServer[]
  /** From a pod being seen until its containers have ended or run. */
  readonly podMs: number
  readonly clock: Clock
  readonly log: Logger
}

const runtimeClasses: ResourceType = {
  group: 'node.k8s.io',
  version: 'v1',
  plural: 'runtimeclasses',
  kind: 'RuntimeClass',
  namespaced: false,
}

/** The kernel that Kata 4.1.0 brings for its VMs. */
const guestKernel = '6.18.35'

/**
 * The kubelets of simulated servers, as far as the proof of Kata needs them: a pod that was given a Node either ends
 * with the evidence that its command would print (`restartPolicy: Never`), or runs. A pod of a Kata class ends only on a
 * server whose BIOS has VT-x switched on and whose node layer brought the handler.
 */
export const startKubelets = (options: KubeletsOptions): { stop: () => Promise<void> } => {
  const { client, clock, log } = options
  const end = new AbortController()
  const informer = createInformer<Pod>(client, pods, { clock, log })
  const begun = new Set<string>()
  informer.onChange(({ type, object }) => {
    const uid = object.metadata.uid ?? keyOf(object)
    if (type === 'deleted') begun.delete(uid)
    if (type === 'deleted' || begun.has(uid) || object.spec.nodeName === undefined) return
    begun.add(uid)
    runPod(object, options, end.signal).catch((error: unknown) => {
      begun.delete(uid)
      if (!end.signal.aborted) log.debug({ pod: keyOf(object), err: toKatametalError(error) }, 'a pod cannot be run')
    })
  })
  const running = informer.run(end.signal).catch((error: unknown) => log.error({ err: error }, 'the kubelets ended'))
  return {
    stop: async () => {
      end.abort()
      await running
    },
  }
}

const runPod = async (
  pod: Pod,
  { client, servers, podMs, clock }: KubeletsOptions,
  signal: AbortSignal,
): Promise<void> => {
  const node = await client.resource<Node>(nodes).get(undefined, pod.spec.nodeName ?? '', { signal })
  const found = servers.find(({ name }) => node.spec?.providerID?.endsWith(`/${name}`) === true)
  if (found?.server.state !== 'system') return
  await sleep(clock, podMs, signal)
  const status = statusOf(pod, node, await handlerOf(pod, client, signal), found.server.firmware)
  await client.resource<Pod>(pods).mergePatchStatus(pod.metadata.namespace, pod.metadata.name, { status }, { signal })
}

const handlerOf = async (pod: Pod, client: KubeClient, signal: AbortSignal): Promise<string | undefined> => {
  const name = pod.spec.runtimeClassName
  if (name === undefined) return undefined
  return (await client.resource<RuntimeClass>(runtimeClasses).get(undefined, name, { signal })).handler
}

const statusOf = (
  pod: Pod,
  node: Node,
  handler: string | undefined,
  firmware: FirmwareFacts | undefined,
): NonNullable<Pod['status']> => {
  const [container] = pod.spec.containers
  const containerStatus = (state: object) => [{ name: container?.name ?? '', state }]
  const trouble = troubleOf(node, handler, firmware)
  if (trouble !== undefined)
    return {
      phase: 'Pending',
      containerStatuses: containerStatus({ waiting: { reason: 'ContainerCreating', message: trouble } }),
    }
  if (pod.spec['restartPolicy'] !== 'Never')
    return { phase: 'Running', containerStatuses: containerStatus({ running: {} }) }
  const terminated = { exitCode: 0, reason: 'Completed', message: evidence(node, handler) }
  return { phase: 'Succeeded', containerStatuses: containerStatus({ terminated }) }
}

const troubleOf = (
  node: Node,
  handler: string | undefined,
  firmware: FirmwareFacts | undefined,
): string | undefined => {
  if (handler === undefined) return undefined
  if (!(node.status?.runtimeHandlers ?? []).some(({ name }) => name === handler))
    return `no runtime for "${handler}" is configured`
  return firmware?.vtx === true ? undefined : 'failed to create VM: no virtualization'
}

const evidence = (node: Node, handler: string | undefined): string => {
  const { kernelVersion, bootID } = node.status?.nodeInfo ?? {}
  return handler === undefined
    ? `kernel=${String(kernelVersion)} boot=${String(bootID)} cpus=64 memory=268435456`
    : `kernel=${guestKernel} boot=${randomUUID()} cpus=2 memory=552960`
}
