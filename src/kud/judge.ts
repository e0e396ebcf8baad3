import type { KudProfileSpec } from '../../api/kud/kud-profile.js'
import { KatametalError } from '../base/errors.js'
import { handlerFacts } from './handlers.js'
import type { ContainerdRow, KataRow, Matrix } from './matrix.js'
import { quantityValue } from './quantity.js'
import { compareVersions, minorOf } from './versions.js'

/** One reason why a profile cannot be used. */
export interface Objection {
  /** The field of the spec, for example `containerd.version`. */
  readonly field: string
  readonly message: string
  readonly remedy: string
}

/** The rows of the matrix that a profile stands on. */
export interface Judged {
  readonly pause: string
  readonly containerd: ContainerdRow
  readonly kata: KataRow
}

/** The rows of the matrix for a profile. Throws KudCombinationRefused naming the first thing that does not go together. */
export const judge = (spec: KudProfileSpec, matrix: Matrix): Judged => {
  const [first, ...others] = objections(spec, matrix)
  if (first !== undefined)
    throw new KatametalError('KudCombinationRefused', {
      about: first.field,
      seen: [first, ...others].map(({ field, message, remedy }) => `${field}: ${message}. ${remedy}`).join(' '),
    })
  const kubernetes = matrix.kubernetes.find(({ minor }) => minor === minorOf(spec.kubernetes.version))
  const containerd = matrix.containerd.find(({ minor }) => minor === minorOf(spec.containerd.version))
  const kata = matrix.kata.find(({ minor }) => minor === minorOf(spec.kata.version))
  if (kubernetes === undefined || containerd === undefined || kata === undefined)
    throw new KatametalError('Internal', { about: 'KudProfile', seen: 'a version without objections has no row' })
  return { pause: kubernetes.pause, containerd, kata }
}

/** Everything that speaks against a profile, in the order of its fields; empty when it can be used. */
export const objections = (spec: KudProfileSpec, matrix: Matrix): readonly Objection[] => [
  ...kubernetesObjections(spec, matrix),
  ...containerdObjections(spec, matrix),
  ...kataObjections(spec, matrix),
  ...classObjections(spec, matrix),
  ...archiveObjections(spec),
  ...nameObjections(spec),
  ...cniObjections(spec, matrix),
  ...addOnObjections(spec, matrix),
]

const list = (words: readonly string[]): string => words.join(', ')

const kubernetesObjections = ({ kubernetes }: KudProfileSpec, matrix: Matrix): Objection[] => {
  const known = matrix.kubernetes.map(({ minor }) => minor)
  return known.includes(minorOf(kubernetes.version))
    ? []
    : [
        {
          field: 'kubernetes.version',
          message: `Kubernetes ${kubernetes.version} is not one that katametal knows`,
          remedy: `Use ${list(known)}.`,
        },
      ]
}

const containerdObjections = ({ kubernetes, containerd }: KudProfileSpec, matrix: Matrix): Objection[] => {
  const field = 'containerd.version'
  const known = matrix.containerd.map(({ minor }) => minor)
  if (!known.includes(minorOf(containerd.version)))
    return [
      {
        field,
        message: `containerd ${containerd.version} is not one that katametal knows`,
        remedy: `Use ${list(known)}; the containerd of a distribution is often older than Kata needs.`,
      },
    ]
  const row = matrix.kubernetes.find(({ minor }) => minor === minorOf(kubernetes.version))
  if (row === undefined || isSupported(containerd.version, row.containerd)) return []
  return [
    {
      field,
      message: `containerd ${containerd.version} was not made for Kubernetes ${row.minor}`,
      remedy: `Use ${row.containerd.map(patch => `${patch} or a later patch`).join(', ')}${newer(row.containerd)}.`,
    },
  ]
}

const newer = ([first]: readonly string[]): string =>
  first === undefined ? '' : `, or a minor after ${minorOf(first)}`

/** Each patch stands for its own minor from there on; the first one for all later minors as well. */
const isSupported = (version: string, patches: readonly string[]): boolean =>
  patches.some(
    (patch, index) => compareVersions(version, patch) >= 0 && (index === 0 || minorOf(version) === minorOf(patch)),
  )

const kataObjections = ({ kata, containerd }: KudProfileSpec, matrix: Matrix): Objection[] => {
  const row = matrix.kata.find(({ minor }) => minor === minorOf(kata.version))
  if (row === undefined)
    return [
      {
        field: 'kata.version',
        message: `Kata ${kata.version} is not one that katametal knows`,
        remedy: `Use ${list(matrix.kata.map(({ minor }) => minor))}.`,
      },
    ]
  const minor = minorOf(containerd.version)
  const { from, to } = row.containerd
  if (compareVersions(minor, from) >= 0 && compareVersions(minor, to) <= 0) return []
  return [
    {
      field: 'kata.version',
      message: `Kata ${kata.version} does not work with containerd ${containerd.version}`,
      remedy: `Use containerd ${from} to ${to}.`,
    },
  ]
}

const classObjections = ({ kata, runtimeClasses }: KudProfileSpec, matrix: Matrix): Objection[] => {
  const row = matrix.kata.find(({ minor }) => minor === minorOf(kata.version))
  return runtimeClasses.flatMap(({ name, handler, overhead }) => {
    const needed = row?.overhead[handler]
    const small = (['memory', 'cpu'] as const).filter(
      resource =>
        overhead !== undefined &&
        needed !== undefined &&
        quantityValue(overhead[resource]) < quantityValue(needed[resource]),
    )
    return small.map(resource => ({
      field: `runtimeClasses[${name}].overhead.${resource}`,
      message: `${overhead?.[resource] ?? ''} is less than the ${needed?.[resource] ?? ''} that ${handler} needs in Kata ${kata.version}: its VM would be killed for memory`,
      remedy: 'Leave the overhead out to get what the release asks for.',
    }))
  })
}

/** A digest without what it is the digest of, or the other way round. */
const archiveObjections = ({ kata, containerd, runtimeClasses }: KudProfileSpec): Objection[] => {
  const usesGo = runtimeClasses.some(({ handler }) => handlerFacts[handler].language === 'Go')
  const wrong: Objection[] = []
  if (kata.archive !== undefined && usesGo && kata.goArchive === undefined && compareVersions(kata.version, '4.1') >= 0)
    wrong.push({
      field: 'kata.goArchive',
      message: 'handlers kata-qemu and kata-clh are not in the kata-static archive since Kata 4.1',
      remedy: 'Name the kata-go-static archive, or use kata-qemu-runtime-rs and kata-clh-runtime-rs.',
    })
  for (const what of ['runc', 'cniPlugins'] as const)
    if (containerd[`${what}Archive`] !== undefined && containerd[`${what}Version`] === undefined)
      wrong.push({
        field: `containerd.${what}Version`,
        message: `${what}Archive is named, but not its version`,
        remedy: 'Name both.',
      })
  return wrong
}

/** Keys of maps, which a schema cannot hold to a pattern. */
const nameObjections = ({ kubernetes, hostSetup }: KudProfileSpec): Objection[] => [
  ...Object.keys(kubernetes.kubeletArguments ?? {})
    .filter(name => !/^[a-z][a-z0-9-]*$/.test(name))
    .map(name => ({
      field: `kubernetes.kubeletArguments[${name}]`,
      message: 'this is not the name of a kubelet argument',
      remedy: 'Write it in lower case and without leading dashes.',
    })),
  ...Object.keys(hostSetup?.sysctls ?? {})
    .filter(name => !/^[a-z0-9_*./-]+$/i.test(name))
    .map(name => ({
      field: `hostSetup.sysctls[${name}]`,
      message: 'this is not the name of a kernel setting',
      remedy: 'Write it as in `sysctl -a`.',
    })),
]

const cniObjections = ({ kubernetes, cnis }: KudProfileSpec, matrix: Matrix): Objection[] =>
  cnis.flatMap(({ name, role }) => {
    const { roles, ...window } = matrix.cnis[name]
    const field = `cnis[${name}]`
    return [
      ...(roles.includes(role)
        ? []
        : [{ field, message: `${name} cannot have role ${role}`, remedy: `Give it ${roles.join(' or ')}.` }]),
      ...outsideOf(field, name, kubernetes.version, window),
    ]
  })

const addOnObjections = ({ kubernetes, stages }: KudProfileSpec, matrix: Matrix): Objection[] =>
  stages.flatMap(stage =>
    stage.addOns.flatMap(({ name }) =>
      matrix.addOns
        .filter(row => name === row.name || name.startsWith(`${row.name}-`))
        .flatMap(row => outsideOf(`stages[${stage.name}].addOns[${name}]`, name, kubernetes.version, row)),
    ),
  )

interface Window {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly instead?: string | undefined
}

const outsideOf = (field: string, name: string, kubernetes: string, { from, to, instead }: Window): Objection[] => {
  const minor = minorOf(kubernetes)
  const early = from !== undefined && compareVersions(minor, from) < 0
  const late = to !== undefined && compareVersions(minor, to) > 0
  if (!early && !late) return []
  return [
    {
      field,
      message: `${name} works with Kubernetes ${from === undefined ? '' : `${from} `}${to === undefined ? 'and later' : `up to ${to}`}, not with ${minor}`,
      remedy: instead === undefined ? 'Leave it out.' : `Use ${instead} instead.`,
    },
  ]
}
