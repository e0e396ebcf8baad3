import type { HostInventorySpec } from '../../../api/metal/host-inventory.js'
import { type Clock, rfc3339 } from '../../base/clock.js'
import type { BmcCall } from '../model.js'
import { readFacts } from './identify.js'
import type { Ipmitool } from './ipmitool.js'

/** The little that IPMI knows: who made the server, its serial number, its chassis and the firmware of its BMC. */
export const readInventory = async (tool: Ipmitool, clock: Clock, call: BmcCall): Promise<HostInventorySpec> => {
  const before = tool.requests
  const { controller, fru, fruProblem } = await readFacts(tool, call)
  const time = rfc3339(clock.now())
  const { manufacturer = controller.manufacturer, model, serialNumber, partNumber: sku } = fru
  const system = defined({ manufacturer, model, serialNumber, sku })
  const version = controller.firmwareVersion
  const facts = defined(fru.chassis)
  const chassis = Object.keys(facts).length === 0 ? [] : [{ name: 'FRU 0', ...facts }]
  return {
    system,
    ...(chassis.length === 0 ? {} : { chassis }),
    firmware: version === undefined ? [] : [{ name: 'BMC', version }],
    provenance: ['/system', ...(chassis.length === 0 ? [] : ['/chassis']), '/firmware'].map(path => ({
      path,
      source: 'ipmi' as const,
      time,
    })),
    problems: fruProblem === undefined ? [] : [{ about: 'FRU 0', message: fruProblem }],
    requests: tool.requests - before,
  }
}

const defined = (facts: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
