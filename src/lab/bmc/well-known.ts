import type { ResourceTree } from './resource-tree.js'

/** Adds what DSP0266 demands of every service and captured trees may lack: `/redfish`, odata and `$metadata`. */
export const addWellKnown = (tree: ResourceTree): void => {
  if (tree.get('/redfish') === undefined) tree.put('/redfish', { v1: '/redfish/v1/' })
  if (tree.get('/redfish/v1/odata') === undefined)
    tree.put('/redfish/v1/odata', {
      '@odata.context': '/redfish/v1/$metadata',
      value: ['Systems', 'Chassis', 'Managers'].map(name => ({
        name,
        kind: 'Singleton',
        url: `/redfish/v1/${name}`,
      })),
    })
  if (tree.get('/redfish/v1/$metadata') === undefined) tree.putText('/redfish/v1/$metadata', metadata)
}

const metadata = `<?xml version="1.0" encoding="UTF-8"?>
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
  <edmx:DataServices>
    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="Service">
      <EntityContainer Name="Service" Extends="ServiceRoot.v1_0_0.ServiceContainer"/>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
`
