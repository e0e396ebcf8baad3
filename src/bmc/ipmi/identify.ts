import { isKatametalError } from '../../base/errors.js'
import type { BmcCall, BmcIdentity } from '../model.js'
import { type ControllerFacts, type FruFacts, parseControllerInfo, parseFru } from './facts.js'
import type { Ipmitool } from './ipmitool.js'
import { readPower } from './power.js'

export const identify = async (tool: Ipmitool, call: BmcCall): Promise<BmcIdentity> => {
  const { controller, fru } = await readFacts(tool, call)
  return {
    vendor: 'ipmi',
    product: controller.product,
    firmwareVersion: controller.firmwareVersion,
    biosVersion: undefined,
    manufacturer: fru.manufacturer ?? controller.manufacturer,
    model: fru.model,
    serialNumber: fru.serialNumber,
    system: undefined,
    manager: undefined,
    bootMethods: ['Pxe'],
    resetTypes: ['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart'],
    biosSettings: false,
    power: await readPower(tool, call),
    trust: 'none',
  }
}

/** Everything that IPMI tells about what the server is. A missing FRU is common and no failure. */
export const readFacts = async (
  tool: Ipmitool,
  call: BmcCall,
): Promise<{ controller: ControllerFacts; fru: FruFacts; fruProblem: string | undefined }> => {
  const controller = parseControllerInfo(await tool.run(['mc', 'info'], call))
  try {
    // Always with its number: without one ipmitool walks the sensor records, which takes minutes on real BMCs.
    return { controller, fru: parseFru(await tool.run(['fru', 'print', '0'], call)), fruProblem: undefined }
  } catch (error) {
    if (!isKatametalError(error) || !['BMCRejected', 'BMCUnsupported', 'BMCProtocol'].includes(error.code)) throw error
    return { controller, fru: parseFru(''), fruProblem: error.seen ?? error.message }
  }
}
