import { isKatametalError } from '../../base/errors.js'
import type { BiosSnapshot } from '../../firmware/model.js'
import { withoutBios } from '../../firmware/without-bios.js'
import type { BmcSession } from './session.js'

/** The BIOS settings; of a server whose BMC offers none, that there are none: its running system may prove the rest. */
export const readBiosIfAny = async ({
  bmc,
  call,
  progress,
}: Pick<BmcSession, 'bmc' | 'call' | 'progress'>): Promise<BiosSnapshot> => {
  progress.step('reading the BIOS settings')
  try {
    return await bmc.readBios(call)
  } catch (error) {
    if (!isKatametalError(error, 'BMCUnsupported')) throw error
    return withoutBios(await bmc.identify(call), error.seen ?? error.message)
  }
}
