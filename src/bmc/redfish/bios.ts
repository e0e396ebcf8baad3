import { type BiosSnapshot, secureBootSetting } from '../../firmware/model.js'
import type { BmcCall } from '../model.js'
import { complaintsOf } from './bios-messages.js'
import { registryOf } from './bios-registry-cache.js'
import { readBiosResources } from './bios-resource.js'
import { unshownPending } from './bios-unshown.js'
import { pendingOf } from './bios-values.js'
import type { RedfishClient } from './client.js'
import type { RedfishContext } from './context.js'
import { text } from './resource.js'
import { readSecureBoot } from './secure-boot.js'

export { writeBios } from './bios-write.js'

/** Everything the service tells about its BIOS settings. Errors: see readBiosResources. */
export const readBios = async (
  client: RedfishClient,
  context: RedfishContext,
  call: BmcCall,
): Promise<BiosSnapshot> => {
  const resources = await readBiosResources(client, context, call)
  const { bios, attributes, settingsAttributes } = resources
  const { registry, evidence } = await registryOf(client, context, bios, call)
  const secureBoot = await readSecureBoot(client, context, call)
  return {
    vendor: context.vendor,
    product: context.product,
    biosVersion: text(context.system.body, 'BiosVersion'),
    attributes: secureBoot === undefined ? attributes : { ...attributes, [secureBootSetting]: secureBoot.current },
    pending: {
      ...unshownPending(context, resources, registry),
      ...pendingOf(attributes, settingsAttributes, registry),
      ...(secureBoot === undefined || secureBoot.next === secureBoot.current
        ? {}
        : { [secureBootSetting]: secureBoot.next }),
    },
    registry,
    registryEvidence: evidence,
    complaints: complaintsOf(bios),
  }
}
