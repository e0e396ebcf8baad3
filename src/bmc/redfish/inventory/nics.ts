import type { HostInventorySpec } from '../../../../api/metal/host-inventory.js'
import type { Reading } from '../inventory.js'
import { link, type RedfishResource } from '../resource.js'
import { byName, positive, shortText } from './tidy.js'

type Nic = NonNullable<HostInventorySpec['nics']>[number]

/** Ports with a MAC address, each once. Services that leave EthernetInterfaces empty may list adapters instead. */
export const readNics = async (reading: Reading): Promise<Nic[]> => {
  const { client, context, call, problem } = reading
  const { resources, problems } = await client.members(link(context.system.body, 'EthernetInterfaces'), call)
  problems.forEach(problem)
  const found = resources.map(nicOf)
  return byName(distinct(found.length > 0 ? found : await adapterPorts(reading)), one => one.name).slice(0, 256)
}

const nicOf = ({ body }: RedfishResource): Nic => ({
  name: nameOf(body),
  mac: macOf(shortText(body, 'PermanentMACAddress') ?? shortText(body, 'MACAddress')),
  speedMbps: positive(body, 'SpeedMbps'),
  linkUp: linkUp(shortText(body, 'LinkStatus')),
})

const adapterPorts = async ({ client, context, call, problem }: Reading): Promise<Nic[]> => {
  const { resources, problems } = await client.members(link(context.system.body, 'NetworkInterfaces'), call)
  problems.forEach(problem)
  const nics: Nic[] = []
  for (const { body } of resources) {
    const adapter = await client.tryGet(link(body, 'Links', 'NetworkAdapter'), call)
    const functions = await client.members(link(body, 'NetworkDeviceFunctions'), call)
    functions.problems.forEach(problem)
    for (const one of functions.resources)
      nics.push({
        name: nameOf(one.body),
        mac: macOf(
          shortText(one.body, 'Ethernet', 'PermanentMACAddress') ?? shortText(one.body, 'Ethernet', 'MACAddress'),
        ),
        model: shortText(adapter?.body, 'Model'),
      })
  }
  return nics
}

/** Names are all alike on some services and empty on others; Ids are bare numbers on the latter. */
const nameOf = (body: unknown): string | undefined => {
  const id = shortText(body, 'Id')
  return id !== undefined && /\D/.test(id) ? id : (shortText(body, 'Name') ?? id)
}

const macOf = (text: string | undefined): string | undefined => {
  const digits = text?.replaceAll(/[:.-]/g, '').toLowerCase()
  if (digits === undefined || !/^[0-9a-f]{12}$/.test(digits) || /^0+$/.test(digits)) return undefined
  return digits.match(/../g)?.join(':')
}

const linkUp = (status: string | undefined): boolean | undefined => {
  if (status === 'LinkUp') return true
  return status === 'LinkDown' || status === 'NoLink' ? false : undefined
}

/** One port shows up once per partition and once per protocol; what has no MAC address cannot be told apart. */
const distinct = (nics: readonly Nic[]): Nic[] => {
  const seen = new Set<string>()
  return nics.filter(({ mac }) => {
    if (mac === undefined || seen.has(mac)) return false
    seen.add(mac)
    return true
  })
}
