import { isKatametalError, KatametalError } from '../../base/errors.js'
import type { BmcCall, BootOverride } from '../model.js'
import type { VendorKnowledge } from '../vendors.js'
import {
  type BootDeviceQuirks,
  decodeBootFlags,
  encodeBootFlags,
  isIpmiBootTarget,
  lostBootFlags,
  parseBootParameter,
} from './boot-flags.js'
import { parseControllerInfo } from './facts.js'
import type { Ipmitool } from './ipmitool.js'

type Vendors = VendorKnowledge['vendors']

/** Get System Boot Options, parameter 5. Bytes instead of `chassis bootparam get`: nothing has to be guessed from prose. */
const getFlags = ['raw', '0x00', '0x09', '0x05', '0x00', '0x00']
/** Set System Boot Options, parameter 3: do not forget the boot flags 60 seconds after they were set. */
const keepFlags = ['raw', '0x00', '0x08', '0x03', '0x08']

export const readBootOverride = async (tool: Ipmitool, vendors: Vendors, call: BmcCall): Promise<BootOverride> =>
  decodeBootFlags(await readFlags(tool, call), await quirksOf(tool, vendors, call))

/**
 * Sets the boot flags and reads them back.
 *
 * @throws KatametalError BMCWriteIgnored when the BMC dropped a part of them (many drop UEFI or "all future boots"
 * and still answer success), BMCUnsupported for a target that IPMI does not have
 */
export const setBootOverride = async (
  tool: Ipmitool,
  vendors: Vendors,
  override: BootOverride,
  call: BmcCall,
): Promise<void> => {
  if (override.enabled !== 'Disabled' && override.target !== 'None' && !isIpmiBootTarget(override.target))
    throw new KatametalError('BMCUnsupported', { seen: `IPMI has no boot target ${override.target}` })
  const wanted = encodeBootFlags(override, await quirksOf(tool, vendors, call))
  if (lostBootFlags(wanted, await readFlags(tool, call)).length === 0) return
  if (wanted[0] !== 0) await keepBootFlags(tool, call)
  await tool.run(['raw', '0x00', '0x08', '0x05', ...wanted.map(hex)], call)
  const seen = await readFlags(tool, call)
  const lost = lostBootFlags(wanted, seen)
  if (lost.length > 0)
    throw new KatametalError('BMCWriteIgnored', {
      about: `boot override ${override.target} ${override.enabled}`,
      seen: `the BMC dropped ${lost.join(' and ')} (boot flags ${seen.map(hex).join(' ')})`,
    })
}

const readFlags = async (tool: Ipmitool, call: BmcCall): Promise<readonly number[]> => {
  const stdout = await tool.run(getFlags, call)
  const bytes = parseBootParameter(stdout)
  if (bytes === undefined)
    throw new KatametalError('BMCProtocol', { about: 'boot parameter 5', seen: stdout.trim().slice(0, 200) })
  return bytes
}

/** OpenBMC has no parameter 3; the flags are then kept anyway or the read-back tells. */
const keepBootFlags = async (tool: Ipmitool, call: BmcCall): Promise<void> => {
  try {
    await tool.run(keepFlags, call)
  } catch (error) {
    if (!isKatametalError(error, 'BMCRejected') && !isKatametalError(error, 'BMCUnsupported')) throw error
  }
}

const quirksOf = async (tool: Ipmitool, vendors: Vendors, call: BmcCall): Promise<BootDeviceQuirks> => {
  if (!vendors.some(({ ipmi }) => ipmi !== undefined)) return {}
  const { manufacturerId } = parseControllerInfo(await tool.run(['mc', 'info'], call))
  if (manufacturerId === undefined) return {}
  return vendors.find(({ ipmi }) => ipmi?.manufacturerIds.includes(manufacturerId))?.ipmi?.bootDevices ?? {}
}

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`
