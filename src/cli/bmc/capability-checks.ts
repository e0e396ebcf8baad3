import type { BmcCapabilities, BmcIdentity, BootMethod } from '../../bmc/model.js'
import { absent, type Check, type Finding, good } from './checks.js'

/** Each way to boot the deploy agent, whether it would be chosen or not. */
export const bootMethodChecks = ({ bootMethods }: BmcIdentity): Check[] =>
  (['VirtualMedia', 'UefiHttp', 'Pxe'] as const).map(method => ({
    check: `boot by ${bootWords[method]}`,
    ...(bootMethods.includes(method)
      ? good(bootMethods[0] === method ? 'offered, and would be used' : 'offered')
      : absent('not offered')),
  }))

const bootWords: Readonly<Record<BootMethod, string>> = {
  VirtualMedia: 'virtual media',
  UefiHttp: 'UEFI HTTP',
  Pxe: 'network (PXE)',
}

/** What the service says that it can do; katametal gets on without any of it. Nothing for a BMC that has no such record. */
export const capabilityChecks = (capabilities: BmcCapabilities | undefined): Check[] => {
  if (capabilities === undefined) return []
  const { settingsObject, applyTimes, secureBoot, taskService, events, expand, expandLevels } = capabilities
  const { sessionTimeoutSeconds, sessionLimit } = capabilities
  const rows: readonly (readonly [string, Finding])[] = [
    [
      'pending settings',
      settingsObject === undefined
        ? absent('no settings object: settings are written to the Bios resource')
        : good(`${settingsObject}; apply times: ${applyTimes.join(', ') || 'none listed'}`),
    ],
    ['secure boot', secureBoot ? good('has its resource') : absent('no resource')],
    ['tasks', taskService ? good('task service') : absent('no task service')],
    ['events', events === 'none' ? absent('no event service') : good(events)],
    ['expand', expand === undefined ? absent('no $expand') : good(`${expand}, ${expandLevels ?? 1} levels at most`)],
    [
      'sessions',
      sessionTimeoutSeconds === undefined && sessionLimit === undefined
        ? absent('no session service that tells its timeout')
        : good(
            [
              sessionTimeoutSeconds === undefined ? undefined : `end after ${sessionTimeoutSeconds} s`,
              sessionLimit === undefined ? 'limit not met' : `${sessionLimit} at most`,
            ]
              .filter(text => text !== undefined)
              .join(', '),
          ),
    ],
  ]
  return rows.map(([check, finding]) => ({ check, ...finding }))
}
