import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { BareMetalHost, HostConditionType } from '../../api/metal/bare-metal-host.js'
import type { Condition, KubeObject } from '../../api/meta.js'
import { type ErrorCode, errorTable } from '../../src/base/errors.js'
import { findCondition } from '../../src/kube/conditions.js'
import { events, type KubeEvent } from '../../src/kube/resource-types.js'
import { labNamespace } from '../../src/lab/lab.js'
import type { Site } from './site.js'

/**
 * Waits until the host says by `code` what is wrong, and holds it to what users are promised of every error: condition
 * Ready (and the one named) is False with the code as reason, the message says what was seen and what to do, a
 * Warning says the same, and docs/errors.md has a section. `seen` must stand in the message.
 */
export const untilTrouble = async (
  site: Site,
  name: string,
  code: ErrorCode,
  { condition = 'Ready', seen }: { condition?: HostConditionType; seen?: string | RegExp } = {},
): Promise<BareMetalHost> => {
  const host = await site.untilHost(name, `trouble ${code}`, ({ status }) => reasonOf(status?.conditions) === code)
  for (const type of ['Ready', condition]) expectClear(findCondition(host.status?.conditions, type), code, seen)
  await untilWarning(site, host, code, seen)
  return host
}

/** What users are promised of a condition that reports an error. */
export const expectClear = (condition: Condition | undefined, code: ErrorCode, seen?: string | RegExp): void => {
  expect(condition).toMatchObject({ status: 'False', reason: code })
  const message = condition?.message ?? ''
  expect(message.toLowerCase()).toContain(errorTable[code].what.toLowerCase())
  expect(message).toContain(errorTable[code].remedy)
  expect(errorPages).toContain(`\n## ${code}\n`)
  if (seen !== undefined) expect(message).toMatch(seen)
}

const errorPages = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')

/** Waits for a Warning about the object that has the code as reason. */
export const untilWarning = (
  site: Site,
  object: KubeObject,
  code: ErrorCode,
  seen: string | RegExp = '',
): Promise<KubeEvent> =>
  site.until(`a Warning ${code} about ${object.kind} ${object.metadata.name}`, async () =>
    (await eventsOf(site, object)).find(
      ({ type, reason, note }) => type === 'Warning' && reason === code && note.search(seen) >= 0,
    ),
  )

/** Events about the object. */
export const eventsOf = async (site: Site, { kind, metadata: { name } }: KubeObject): Promise<KubeEvent[]> =>
  (await site.lab.client.resource<KubeEvent>(events).list({ namespace: labNamespace })).filter(
    ({ regarding }) => regarding.kind === kind && regarding.name === name,
  )

const reasonOf = (conditions: readonly Condition[] | undefined): string | undefined =>
  conditions?.find(({ type }) => type === 'Ready')?.reason
