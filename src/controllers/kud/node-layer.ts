import { loadMatrix, loadNodeLayerPrograms } from '../../kud/data.js'
import { vendorDataScript } from '../../kud/node-script.js'
import type { NodeLayerPort } from '../host/ports.js'
import { type ProfileSources, profileOfHost } from './profile-of-host.js'

/** Gives the host controller the node layer of each host. Reads config/kud once. */
export const createNodeLayer = (sources: ProfileSources): NodeLayerPort => {
  const matrix = loadMatrix()
  const programs = loadNodeLayerPrograms()
  return {
    scriptFor: host => {
      const found = profileOfHost(host, sources)
      if (found === undefined) return undefined
      const { profile, kata } = found
      const layer = { name: profile.metadata.name, spec: profile.spec, kata }
      return { name: '20-katametal-node-layer', text: vendorDataScript(layer, matrix, programs) }
    },
  }
}
