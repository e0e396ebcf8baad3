import { Ajv } from 'ajv'
import addFormatsModule from 'ajv-formats'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Kind } from '../../api/kind.js'
import { allKinds } from '../../api/kinds.js'
import { firmwareProfile } from '../../api/metal/firmware-profile.js'
import { silentLogger } from '../../src/base/log.js'
import { compileRule } from '../../src/lab/apiserver/cel/rule-check.js'
import { compileSchema } from '../../src/lab/apiserver/schema/validate.js'
import { nearMiss } from '../../test/support/near-misses.js'
import { valuesOf } from '../../test/support/schema-values.js'
import { objectSchemaOf } from './crd.js'
import type { Json, JsonSchemaProps } from './schema.js'

/** The parts of an object that are ours; the rest is checked by the API server alone. */
const partOf = (kind: Kind): { zod: z.ZodType; schema: JsonSchemaProps } => {
  const { properties = {} } = objectSchemaOf(kind)
  const { spec, status } = properties
  return {
    zod: z.object({ spec: kind.spec, ...(kind.status === undefined ? {} : { status: kind.status.optional() }) }),
    schema: {
      type: 'object',
      required: ['spec'],
      properties: { ...(spec === undefined ? {} : { spec }), ...(status === undefined ? {} : { status }) },
    },
  }
}

const ajvOf = (schema: JsonSchemaProps): ((value: Json) => boolean) => {
  const ajv = new Ajv({ strict: false })
  // The module is CommonJS: its function is the default export of the default export.
  ;(addFormatsModule as unknown as { default: (ajv: Ajv) => void }).default(ajv)
  const validate = ajv.compile(schema)
  return value => validate(value)
}

/** Whether the embedded API server would take it, CEL rules included; equal items of list-maps are its own affair. */
const serverOf = (schema: JsonSchemaProps): ((value: Json) => boolean) => {
  const check = compileSchema(schema, compileRule(silentLogger))
  return value => {
    let fine = true
    check(value, { path: '', old: undefined, report: ({ type }) => (fine &&= type === 'Duplicate') })
    return fine
  }
}

/** Both verdicts of zod: with the rules that the CRD says in CEL, and without them. */
const zodVerdicts = (zod: z.ZodType, value: Json) => {
  const issues = zod.safeParse(value).error?.issues ?? []
  const structural = issues.filter(issue => !(issue.code === 'custom' && issue.params?.['cel'] === true))
  return { all: issues.length === 0, structural: structural.length === 0 }
}

describe('what zod accepts', () => {
  it.each(allKinds.map(kind => [kind.kind, kind] as const))('is what the CRD of %s accepts', (_name, kind) => {
    const { zod, schema } = partOf(kind)
    const ajv = ajvOf(schema)
    const server = serverOf(schema)
    const seen = { accepted: 0, refused: 0 }
    fc.assert(
      fc.property(valuesOf(schema), fc.nat(), fc.nat(), (value, where, how) => {
        for (const candidate of [value, nearMiss(schema, value, where, how)]) {
          const verdicts = zodVerdicts(zod, candidate)
          expect({ ajv: ajv(candidate), server: server(candidate) }).toEqual({
            ajv: verdicts.structural,
            server: verdicts.all,
          })
          seen[verdicts.structural ? 'accepted' : 'refused']++
        }
      }),
      { numRuns: 150 },
    )
    expect(seen.accepted).toBeGreaterThan(20)
    expect(seen.refused).toBeGreaterThan(20)
  })

  it('is told apart when a CRD says something else', () => {
    const { zod, schema } = partOf(firmwareProfile)
    const looser = JSON.parse(JSON.stringify(schema).replaceAll('"maxItems":128', '"maxItems":129')) as JsonSchemaProps
    const override = { vendor: 'dell', attribute: 'a', value: 'b' }
    const value = { spec: { intents: {}, overrides: Array<Json>(129).fill(override) } }
    expect(ajvOf(looser)(value)).toBe(true)
    expect(zodVerdicts(zod, value).structural).toBe(false)
  })
})
