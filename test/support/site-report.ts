import type { BareMetalHost } from '../../api/metal/bare-metal-host.js'
import type { FleetMachine } from '../../src/lab/fleet.js'
import { labNamespace } from '../../src/lab/lab.js'
import type { Site } from './site.js'

/** What a test that waited in vain shows: every host, Machine and journal of the site. */
export const describeSite = async ({ lab, hosts, machines }: Site): Promise<string> => {
  const shownHosts = await hosts.list({ namespace: labNamespace }).catch(() => [])
  const shownMachines = await machines.list({ namespace: labNamespace }).catch(() => [])
  return [
    ...shownHosts.map(describeHost),
    ...shownMachines.map(({ metadata, status }) => `machine ${metadata.name}: ${status?.phase ?? 'no phase'}`),
    ...lab.fleet.machines.map(describeServer),
  ].join('\n')
}

const describeHost = ({ metadata, status }: BareMetalHost): string => {
  const {
    state = 'no state',
    step,
    since,
    intent,
    attempt,
    retryTime,
    conditions = [],
    lastAnswers = [],
  } = status ?? {}
  return [
    `host ${metadata.name}: ${state}${step === undefined ? '' : `.${step}`} since ${since ?? '?'}, attempt ${attempt ?? 0}`,
    `  intent ${JSON.stringify(intent)} retry ${retryTime ?? 'none'} annotations ${JSON.stringify(metadata.annotations)}`,
    ...conditions
      .filter(condition => condition.status !== 'True')
      .map(({ type, status: value, reason, message }) => `  ${type}=${value} ${reason}: ${message}`),
    ...lastAnswers.map(({ time, what, answer }) => `  ${time} ${what}: ${answer}`),
  ].join('\n')
}

const describeServer = ({ name, server, bmc }: FleetMachine): string =>
  [
    `server ${name}: ${server.state}, power ${bmc.power}, ${bmc.sessions} sessions`,
    ...[
      ...server.journal.entries.map(({ time, what }) => ({ time, line: `server ${what}` })),
      ...bmc.journal.events.map(({ time, what }) => ({ time, line: `bmc ${what}` })),
      ...bmc.journal.requests
        .filter(({ method }) => method !== 'GET')
        .map(({ time, method, path, status }) => ({ time, line: `bmc ${method} ${path} ${status}` })),
    ]
      .sort((one, other) => one.time - other.time)
      .slice(-60)
      .map(({ time, line }) => `  ${new Date(time).toISOString().slice(14, 23)} ${line}`),
  ].join('\n')
