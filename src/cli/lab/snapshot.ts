import type { Machine } from '../../../api/cluster-api.js'
import { type BareMetalHost, bareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { machines, typeOf } from '../../kube/resource-types.js'
import type { KubeClient } from '../../kube/types.js'

/** One host as the progress shows it. */
export interface HostLine {
  readonly name: string
  readonly state: string
  readonly step: string
  /** Milliseconds since the epoch. */
  readonly since: number | undefined
  readonly kata: string
  readonly machine: string
  readonly progress: string
  /** What went wrong last, or what is awaited. */
  readonly remark: string
  readonly failed: boolean
}

export interface Snapshot {
  readonly hosts: readonly HostLine[]
  readonly machines: number
  readonly running: number
}

/** Reads what the progress shows from the API, as any user could. Of the Machines that are `wanted` some may not exist yet. */
export const takeSnapshot = async (
  client: KubeClient,
  namespace: string,
  wanted: number,
  signal: AbortSignal,
): Promise<Snapshot> => {
  const [hosts, all] = await Promise.all([
    client.resource<BareMetalHost>(typeOf(bareMetalHost)).list({ namespace, signal }),
    client.resource<Machine>(machines).list({ namespace, signal }),
  ])
  return {
    hosts: hosts.map(lineOf).sort((a, b) => a.name.localeCompare(b.name)),
    machines: Math.max(all.length, wanted),
    running: all.filter(({ status }) => status?.phase === 'Running').length,
  }
}

const lineOf = ({ metadata, spec, status }: BareMetalHost): HostLine => {
  const condition = (type: string) => status?.conditions?.find(each => each.type === type)
  const ready = condition('Ready')
  const failed = ready?.status === 'False' && ready.reason !== status?.state
  return {
    name: metadata.name,
    state: status?.state ?? 'New',
    step: status?.step ?? '',
    since: status?.since === undefined ? undefined : Date.parse(status.since),
    kata: condition('KataProven')?.status === 'True' ? 'Proven' : (condition('KataCapable')?.reason ?? ''),
    machine: spec.consumerRef?.name ?? '',
    progress: status?.progress?.percent === undefined ? '' : `${status.progress.percent}%`,
    remark: failed ? `${ready.reason}: ${ready.message}` : (status?.awaiting ?? ''),
    failed,
  }
}
