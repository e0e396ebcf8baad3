import type { BareMetalHost } from '../../../api/metal/bare-metal-host.js'
import { deadlineSignal, rfc3339 } from '../../base/clock.js'
import { isKatametalError } from '../../base/errors.js'
import type { PhoneHome } from '../../deploy/protocol.js'
import { keyOf } from '../../kube/types.js'
import { operationOf } from './operation.js'
import type { HostControllerParts } from './ports.js'
import { hidingWordsOf } from './redact.js'
import { userDataOf } from './user-data.js'

const readMs = 10_000

/** Stores what the first boot of the running operation reports. Throws when it could not be stored. */
export const recordFirstBoot = async (
  host: BareMetalHost,
  { bootstrap, hostName, log, addresses, virtualization }: PhoneHome,
  parts: HostControllerParts,
): Promise<void> => {
  const operationID = operationOf(host)?.id
  if (operationID === undefined) return
  await parts.clients.hosts.mergePatchStatus(host.metadata.namespace, host.metadata.name, {
    status: {
      firstBoot: {
        operationID,
        bootstrap,
        hostName,
        time: rfc3339(parts.clock.now()),
        message: bootstrap === 'failed' ? await showable(log, host, parts) : null,
        virtualization: virtualization ?? null,
      },
      addresses: [
        { type: 'Hostname', address: hostName },
        ...addresses.map(address => ({ type: 'InternalIP', address })),
      ],
    },
  })
  parts.wake(keyOf(host))
}

/** The end of the log, without what it repeats of the user data: join tokens and keys are in there. */
const showable = async (log: string | undefined, host: BareMetalHost, parts: HostControllerParts): Promise<string> => {
  if (log === undefined) return 'no log was sent'
  const { signal, release } = deadlineSignal(parts.clock, readMs)
  try {
    const userData = await userDataOf(host, parts, signal)
    return hidingWordsOf(userData.toString('utf8'), log).slice(-4000)
  } catch (error) {
    if (!isKatametalError(error, 'UserDataMissing')) throw error
    return 'the log is not shown: the user data, which must not be shown with it, cannot be read any more'
  } finally {
    release()
  }
}
