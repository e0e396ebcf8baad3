import { describe, expect, it } from 'vitest'
import { behaviourOf } from '../behaviour.js'
import { isObject, type Json, objectAt, textAt, typeOfBody } from '../json.js'
import { firmwareFacts } from '../live/firmware-facts.js'
import { readRegistry, objectionTo } from '../live/registry.js'
import { findParts } from '../parts.js'
import { normalPath } from '../resource-tree.js'
import { buildPersona, personaNames } from './personas.js'

/** Every `@odata.id` of a link in a value: objects that have nothing else, and registry locations. */
const linksIn = (value: Json): string[] => {
  if (Array.isArray(value)) return value.flatMap(linksIn)
  if (!isObject(value)) return []
  const own = Object.keys(value).length === 1 ? textAt(value, '@odata.id') : undefined
  return own === undefined ? [textAt(value, 'Uri') ?? [], ...Object.values(value).map(linksIn)].flat() : [own]
}

const actionInfos = (value: Json): string[] => {
  if (Array.isArray(value)) return value.flatMap(actionInfos)
  if (!isObject(value)) return []
  return [textAt(value, '@Redfish.ActionInfo') ?? [], ...Object.values(value).map(actionInfos)].flat()
}

describe.each(personaNames)('the %s persona', name => {
  const { tree, behaviour } = buildPersona(name, { index: 3 })
  const entries = [...tree.entries()]
  const parts = findParts(tree)

  it('has no link that leads nowhere', () => {
    const dangling = entries.flatMap(({ path, body = {} }) =>
      [...linksIn(body), ...actionInfos(body)]
        .filter(target => tree.get(target) === undefined)
        .map(target => `${path} -> ${target}`),
    )
    expect(dangling).toEqual([])
  })

  it('serves every resource under the path that it calls its own', () => {
    const strange = entries.filter(({ path, body }) => {
      const own = textAt(body, '@odata.id')
      return own !== path && typeOfBody(body) !== 'AttributeRegistry'
    })
    expect(strange).toEqual([])
  })

  it('has a type and a Name everywhere, and an Id everywhere but in collections', () => {
    const bad = entries.filter(
      ({ body = {} }) =>
        typeOfBody(body) === undefined ||
        textAt(body, 'Name') === undefined ||
        (!('Members' in body) && textAt(body, 'Id') === undefined),
    )
    expect(bad.map(({ path }) => path)).toEqual([])
  })

  it('counts the members of its collections right', () => {
    for (const { body = {} } of entries)
      if (Array.isArray(body['Members'])) expect(body['Members@odata.count']).toBe(body['Members'].length)
  })

  it('reaches every resource from the service root', () => {
    const seen = new Set<string>()
    const visit = (path: string): void => {
      if (seen.has(normalPath(path))) return
      seen.add(normalPath(path))
      const body = tree.body(path) ?? {}
      for (const target of [...linksIn(body), ...actionInfos(body)]) visit(target)
    }
    visit('/redfish/v1')
    const lost = entries.filter(({ path }) => !seen.has(normalPath(path))).map(({ path }) => path)
    // Dell publishes its registry below Bios and no link but the registry file leads there, which `Uri` covers.
    expect(lost).toEqual([])
  })

  it('has a registry entry for every attribute, and every value passes its own check', () => {
    const attributes = objectAt(tree.body(parts.bios ?? ''), 'Attributes')
    const registry = readRegistry(tree, attributes)
    expect(Object.keys(attributes).filter(attribute => !registry.has(attribute))).toEqual([])
    for (const [attribute, value] of Object.entries(attributes)) {
      const rule = registry.get(attribute)
      if (rule?.readOnly === false) expect(objectionTo(rule, value, value)).toBeUndefined()
    }
  })

  it('is served without the parts being told: all are found through links', () => {
    expect(parts).toMatchObject({ bios: expect.any(String), secureBoot: expect.any(String) })
    expect(parts.media.length).toBeGreaterThan(1)
    expect(parts.sessions).toBe('/redfish/v1/SessionService/Sessions')
    expect(parts.ethernet).toHaveLength(2)
    expect(parts.drives.length).toBeGreaterThan(1)
  })

  it('differs from its neighbours in serial number and MAC addresses only by its index', () => {
    const serials = [0, 1, 299].map(index => {
      const other = buildPersona(name, { index }).tree
      return [
        textAt(other.body(parts.system), 'SerialNumber'),
        ...parts.ethernet.map(path => textAt(other.body(path), 'MACAddress')),
      ]
    })
    expect(new Set(serials.flat()).size).toBe(9)
  })

  it('says how it behaves where its resources cannot', () => {
    expect(behaviour.messages).toMatch(/^[A-Za-z]+\.\d+\.\d+/)
    expect(behaviour.pendingShape).toBeDefined()
  })
})

describe('the personas', () => {
  it('have VT-x and VT-d off but on the HPE-like one, so that there is something to do', () => {
    const facts = Object.fromEntries(
      personaNames.map(name => {
        const { tree } = buildPersona(name)
        return [name, firmwareFacts(objectAt(tree.body(findParts(tree).bios ?? ''), 'Attributes'))]
      }),
    )
    expect(facts).toEqual({
      dell: { vtx: false, vtd: false },
      hpe: { vtx: true, vtd: true },
      lenovo: { vtx: false, vtd: false },
      supermicro: { vtx: false, vtd: false },
      ami: { vtx: false, vtd: false },
      cisco: { vtx: false, vtd: false },
    })
  })

  it('have registries under names that do not match, as real ones', () => {
    const dell = buildPersona('dell').tree
    const named = textAt(dell.body('/redfish/v1/Systems/System.Embedded.1/Bios'), 'AttributeRegistry')
    expect(dell.get(`/redfish/v1/Registries/${named ?? ''}`)).toBeUndefined()
    const supermicro = buildPersona('supermicro').tree
    expect(supermicro.get('/registries/BiosAttributeRegistry.1.0.0.json')).toBeDefined()
    const hpe = buildPersona('hpe').tree
    const file = [...hpe.entries()].find(({ body }) => typeOfBody(body) === 'MessageRegistryFile')
    expect(file?.body?.['Languages']).toEqual(['en', 'ja', 'zh'])
  })

  it('keep what can be read off their trees in line with what they say', () => {
    for (const name of ['dell', 'supermicro'] as const) {
      const { tree } = buildPersona(name)
      expect(behaviourOf(tree, findParts(tree)).bootClearsTarget).toBe(name === 'dell')
    }
    const { tree } = buildPersona('dell')
    expect(behaviourOf(tree, findParts(tree)).biosWrite).toBe('job')
  })
})
