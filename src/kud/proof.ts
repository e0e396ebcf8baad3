import type { KudProfileSpec } from '../../api/kud/kud-profile.js'
import { handlersOf } from './handlers.js'
import type { KataRow } from './matrix.js'
import { quantityValue } from './quantity.js'
import { overheadOf } from './runtime-classes.js'
import { withoutV } from './versions.js'

/** What a pod of the proof showed. */
export interface ProofSeen {
  /** The runtime class of the profile; undefined for the pod on runc. */
  readonly className: string | undefined
  /** `running`: it may still end well. */
  readonly outcome: 'running' | 'succeeded' | 'failed'
  /** The termination message of its container, or why it failed or is not running. */
  readonly message: string
  /** `.spec.overhead` as admission filled it in. */
  readonly overhead: Readonly<Record<string, string>> | undefined
}

/** What kubelet says about the Node. */
export interface NodeSeen {
  readonly kernel: string
  readonly bootID: string
  readonly handlers: readonly string[]
}

/** How a proof ended. */
export interface ProofVerdict {
  readonly proven: boolean
  /** CamelCase, for a condition. */
  readonly reason: string
  readonly message: string
}

/**
 * Whether what the pods showed proves that the Node runs Kata beside runc: every handler is offered, each Kata pod saw
 * another kernel than the Node's (that of the release, where it is known) and another boot, its overhead was filled in,
 * and the pod on runc saw the kernel of the Node. Undefined while pods run.
 */
export const judgeProof = (
  node: NodeSeen,
  seen: readonly ProofSeen[],
  spec: KudProfileSpec,
  kata: KataRow,
): ProofVerdict | undefined => {
  const missing = missingHandlers(node, spec)
  if (missing.length > 0)
    return refuted(
      'HandlerMissing',
      `The container runtime of the Node does not offer ${missing.join(', ')} (.status.runtimeHandlers).`,
    )
  const failed = seen.find(({ outcome }) => outcome === 'failed')
  if (failed !== undefined) return refuted('PodFailed', `The pod on ${nameOf(failed)} failed: ${failed.message}`)
  if (seen.some(({ outcome }) => outcome === 'running')) return undefined
  const objection = seen.map(pod => objectionTo(pod, node, spec, kata)).find(found => found !== undefined)
  return objection ?? { proven: true, reason: 'Proven', message: praise(node, seen) }
}

/** Handlers of the profile that kubelet does not report. */
export const missingHandlers = ({ handlers }: NodeSeen, { runtimeClasses }: KudProfileSpec): string[] =>
  handlersOf(runtimeClasses).filter(handler => !handlers.includes(handler))

const refuted = (reason: string, message: string): ProofVerdict => ({ proven: false, reason, message })

const nameOf = ({ className }: ProofSeen): string => className ?? 'runc'

const objectionTo = (pod: ProofSeen, node: NodeSeen, spec: KudProfileSpec, kata: KataRow): ProofVerdict | undefined => {
  const { kernel, boot } = evidenceOf(pod.message)
  if (kernel === undefined)
    return refuted('EvidenceMissing', `The pod on ${nameOf(pod)} ended without saying which kernel it saw.`)
  if (pod.className === undefined)
    return kernel === node.kernel
      ? undefined
      : refuted('RuncElsewhere', `The pod on runc saw kernel ${kernel}, and the Node runs ${node.kernel}.`)
  if (kernel === node.kernel || (boot !== undefined && boot === node.bootID))
    return refuted(
      'NotInVM',
      `The pod on ${pod.className} saw kernel ${kernel} of the Node itself: it did not run in a VM.`,
    )
  const bundled = kata.guestKernel[withoutV(spec.kata.version)]
  if (bundled !== undefined && kernel !== bundled && !kernel.startsWith(`${bundled}-`))
    return refuted(
      'GuestKernelUnexpected',
      `The pod on ${pod.className} saw kernel ${kernel}, and Kata ${spec.kata.version} brings ${bundled}.`,
    )
  return overheadObjection(pod, spec, kata)
}

const overheadObjection = (
  pod: ProofSeen,
  { runtimeClasses }: KudProfileSpec,
  kata: KataRow,
): ProofVerdict | undefined => {
  const given = runtimeClasses.find(({ name }) => name === pod.className)
  if (given === undefined) return undefined
  const wanted = overheadOf(given, kata)
  const right = (['memory', 'cpu'] as const).every(
    resource => quantityValue(pod.overhead?.[resource] ?? '') === quantityValue(wanted[resource]),
  )
  return right
    ? undefined
    : refuted(
        'OverheadMissing',
        `The pod on ${given.name} got overhead ${JSON.stringify(pod.overhead ?? {})}, not ${wanted.cpu} and ${wanted.memory}: the RuntimeClass was changed, or admission of runtime classes is off.`,
      )
}

const praise = (node: NodeSeen, seen: readonly ProofSeen[]): string =>
  `${seen
    .filter(({ className }) => className !== undefined)
    .map(pod => {
      const { kernel, cpus, memory } = evidenceOf(pod.message)
      const size =
        cpus === undefined || memory === undefined
          ? ''
          : ` with ${cpus} CPUs and ${Math.floor(Number(memory) / 1024)} MiB`
      return `${nameOf(pod)} runs kernel ${kernel ?? ''}${size}`
    })
    .join(', ')}; runc runs kernel ${node.kernel} of the Node.`

/** `kernel=6.18.35 boot=... cpus=2 memory=540000` */
const evidenceOf = (message: string): Partial<Record<'kernel' | 'boot' | 'cpus' | 'memory', string>> => {
  const value = (name: string): string | undefined => new RegExp(`\\b${name}=(\\S+)`).exec(message)?.[1]
  const [kernel, boot, cpus, memory] = ['kernel', 'boot', 'cpus', 'memory'].map(value)
  return {
    ...(kernel === undefined ? {} : { kernel }),
    ...(boot === undefined ? {} : { boot }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(memory === undefined ? {} : { memory }),
  }
}
