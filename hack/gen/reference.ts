import type { Kind } from '../../api/kind.js'
import { apiVersionOf } from '../../api/kind.js'
import { objectSchemaOf } from './crd.js'
import { type Field, fieldsOf, limitsOf, typeName } from './fields.js'
import { code, generatedPage, prose, table } from './markdown.js'

/** docs/reference/api.md: every field of every kind. */
export const referencePage = (kinds: readonly Kind[]): string =>
  generatedPage(
    'API reference',
    'api/',
    'All kinds are namespaced. A field marked with * must be given where the field around it is. Times are RFC 3339, quantities are written as in Kubernetes.',
    table(
      ['Kind', 'Version', 'Short names'],
      kinds.map(kind => [
        `[${kind.kind}](#${kind.kind.toLowerCase()})`,
        code(apiVersionOf(kind)),
        kind.shortNames.map(code).join(', '),
      ]),
    ),
    ...kinds.flatMap(section),
  )

const section = (kind: Kind): string[] => {
  const { properties = {} } = objectSchemaOf(kind)
  const { spec, status } = properties
  return [
    `## ${kind.kind}`,
    prose(kind.description),
    ...(kind.rules === undefined ? [] : [kind.rules.map(({ message }) => `- ${message}`).join('\n')]),
    ...(spec === undefined
      ? []
      : [`### ${kind.kind} spec`, summary(spec.description, limitsOf(spec)), fields(spec, 'spec')]),
    ...(status === undefined
      ? []
      : [`### ${kind.kind} status`, summary(status.description, limitsOf(status)), fields(status, 'status')]),
  ]
}

const summary = (description = '', limits: readonly string[]): string =>
  prose([description, ...limits.map(limit => `Rule: ${limit}.`)].join(' '))

const fields = (schema: Parameters<typeof fieldsOf>[0], path: string): string =>
  table(['Field', 'Type', 'Default', 'Limits', 'Description'], fieldsOf(schema, path).map(row))

const row = ({ path, schema, required }: Field): string[] => [
  `${code(path)}${required ? ' *' : ''}`,
  typeName(schema),
  schema.default === undefined ? '' : code(JSON.stringify(schema.default)),
  limitsOf(schema).join('; '),
  schema.description ?? '',
]
