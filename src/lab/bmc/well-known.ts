import { type JsonObject, linkAt, textAt } from './json.js'
import type { ResourceTree } from './resource-tree.js'

/** Adds what DSP0266 demands of every service and captured trees may lack: `/redfish`, odata and `$metadata`. */
export const addWellKnown = (tree: ResourceTree): void => {
  if (tree.get('/redfish') === undefined) tree.put('/redfish', { v1: '/redfish/v1/' })
  if (tree.get('/redfish/v1/odata') === undefined)
    tree.put('/redfish/v1/odata', {
      '@odata.context': '/redfish/v1/$metadata',
      value: [{ name: 'Service', kind: 'Singleton', url: '/redfish/v1/' }, ...childrenOf(tree.body('/redfish/v1'))],
    })
  if (tree.get('/redfish/v1/$metadata') === undefined) tree.putText('/redfish/v1/$metadata', metadataOf(tree))
}

/** The resources right below the service root. */
const childrenOf = (root: JsonObject | undefined): JsonObject[] =>
  Object.keys(root ?? {}).flatMap(name => {
    const url = linkAt(root, name)
    return url === undefined ? [] : [{ name, kind: 'Singleton', url }]
  })

/** The OData metadata document (DSP0266 section 8.4.1): a reference to the schema of each type that the tree holds. */
const metadataOf = (tree: ResourceTree): string => `<?xml version="1.0" encoding="UTF-8"?>
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
${typesIn(tree).map(referenceTo).join('\n')}
  <edmx:DataServices>
    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="Service">
      <EntityContainer Name="Service" Extends="${rootNamespace(tree)}.ServiceContainer"/>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
`

/** Versioned namespaces such as `Chassis.v1_14_0`, and plain ones of collections. */
const typesIn = (tree: ResourceTree): string[] =>
  [...new Set([...tree.entries()].flatMap(({ body }) => namespaceOf(body) ?? []))].sort()

const namespaceOf = (body: JsonObject | undefined): string | undefined =>
  /^#([\w.]+)\.\w+$/.exec(textAt(body, '@odata.type') ?? '')?.[1]

const rootNamespace = (tree: ResourceTree): string => namespaceOf(tree.body('/redfish/v1')) ?? 'ServiceRoot.v1_0_0'

const referenceTo = (namespace: string): string => {
  const [name = namespace] = namespace.split('.')
  return `  <edmx:Reference Uri="http://redfish.dmtf.org/schemas/v1/${name}_v1.xml">
    <edmx:Include Namespace="${namespace}"/>
  </edmx:Reference>`
}
