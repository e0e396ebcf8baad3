import { stringify } from 'yaml'
import type { KubeObject } from '../../../api/meta.js'
import { KatametalError } from '../../base/errors.js'
import { loadMatrix, loadNodeLayerPrograms, type NamedKudProfile } from '../../kud/data.js'
import { judge } from '../../kud/judge.js'
import { existingNodeScript, vendorDataScript } from '../../kud/node-script.js'
import { runtimeClasses } from '../../kud/runtime-classes.js'
import { tenantAdmission, tenantNamespaceObjects } from '../../kud/tenancy.js'
import { minorOf } from '../../kud/versions.js'
import type { Console } from '../console.js'
import { readKudProfile } from './profile.js'
import type { RenderFlags } from './render-parts.js'

type Part = Exclude<RenderFlags['part'], 'all'>

/** Scripts as text, manifests as objects. */
type RenderedPart = string | readonly KubeObject[]

/** Prints the parts of a profile. Throws KudProfileUnknown, KudProfileInvalid, FileInvalid, KudCombinationRefused. */
export const render = (nameOrFile: string, flags: RenderFlags, console: Console): void => {
  const profile = readKudProfile(nameOrFile)
  const rendered = renderedParts(profile, flags)
  const parts: readonly Part[] =
    flags.part === 'all' ? ['vendor-data', 'script', 'runtimeclasses', 'tenancy'] : [flags.part]
  for (const remark of remarks(profile)) console.err.write(`${remark}\n`)
  const chosen = Object.fromEntries(parts.map(part => [part, rendered[part]()] as const))
  console.out.write(
    flags.output === 'text'
      ? asText(chosen)
      : flags.output === 'json'
        ? `${JSON.stringify(chosen, undefined, 2)}\n`
        : stringify(chosen),
  )
}

const renderedParts = (
  { name, spec }: NamedKudProfile,
  { withoutKata = false, namespace = [] }: RenderFlags,
): Readonly<Record<Part, () => RenderedPart>> => {
  const matrix = loadMatrix()
  const programs = loadNodeLayerPrograms()
  const layer = { name, spec, kata: !withoutKata }
  const { kata } = judge(spec, matrix)
  return {
    'vendor-data': () => vendorDataScript(layer, matrix, programs),
    script: () => existingNodeScript(layer, matrix, programs),
    runtimeclasses: () => runtimeClasses(spec.runtimeClasses, kata),
    tenancy: () => [...tenantAdmission(spec), ...namespaceObjects(spec.tenants, namespace)],
  }
}

const namespaceObjects = (tenants: NamedKudProfile['spec']['tenants'], namespaces: readonly string[]) => {
  if (tenants !== undefined) return namespaces.flatMap(namespace => tenantNamespaceObjects(tenants, namespace))
  if (namespaces.length === 0) return []
  throw new KatametalError('UsageInvalid', { about: '--namespace', seen: 'the KudProfile has no spec.tenants' })
}

const remarks = ({ spec }: NamedKudProfile): readonly string[] => {
  const row = loadMatrix().containerd.find(({ minor }) => minor === minorOf(spec.containerd.version))
  return row === undefined ? [] : [`containerd ${row.minor} gets fixes until ${row.fixesUntil}`]
}

/** One part is printed as it is, so that it can be piped; several stand below headings. */
const asText = (parts: Readonly<Record<string, RenderedPart>>): string => {
  const texts = Object.entries(parts).map(([part, rendered]) => [part, textOf(rendered)] as const)
  const [only] = texts
  if (texts.length === 1 && only !== undefined) return only[1]
  return texts.map(([part, text]) => `# ==== ${part}\n${text}`).join('\n')
}

const textOf = (rendered: RenderedPart): string =>
  typeof rendered === 'string' ? rendered : rendered.map(object => `---\n${stringify(object)}`).join('')
