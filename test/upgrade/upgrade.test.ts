import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { apiVersionOf } from '../../api/kind.js'
import { allKinds } from '../../api/kinds.js'
import type { KubeObject } from '../../api/meta.js'
import { packageRoot } from '../../src/base/package-root.js'
import { systemClock } from '../../src/base/clock.js'
import { ownVersion } from '../../src/cli/version.js'
import { directApiAccess } from '../../src/kube/api-access.js'
import { createKubeClient } from '../../src/kube/client.js'
import { typeOf } from '../../src/kube/resource-types.js'
import type { KubeClient } from '../../src/kube/types.js'
import { type ApiServer, startApiServer } from '../../src/lab/apiserver/api-server.js'

type Stored = KubeObject & { spec: unknown; status?: unknown }

const folder = join(packageRoot(), 'test/upgrade')
const releases = readdirSync(folder).filter(name => /^v\d/.test(name))
const setOf = (release: string): Stored[] =>
  readdirSync(join(folder, release)).map(name => parse(readFileSync(join(folder, release, name), 'utf8')) as Stored)
const sets = releases.map(release => [release, setOf(release)] as const)
const each = sets.flatMap(([release, objects]) => objects.map(object => [release, object.kind, object] as const))

const kindOf = ({ apiVersion, kind }: KubeObject) =>
  allKinds.find(candidate => candidate.kind === kind && apiVersionOf(candidate) === apiVersion)

/** Objects that earlier releases wrote, under the schemas of today (see CONTRIBUTING.md, "A release"). */
describe('Objects of a release', () => {
  let api: ApiServer
  let client: KubeClient

  beforeAll(async () => {
    api = await startApiServer({ clock: systemClock, rbac: false })
    for (const { group, plural } of allKinds)
      api.applyManifest(parse(readFileSync(join(packageRoot(), `config/crd/${group}_${plural}.yaml`), 'utf8')))
    api.applyManifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'old' } })
    const token = api.addToken({ name: 'test', groups: ['system:masters'] })
    client = createKubeClient(directApiAccess({ server: api.url, ca: api.ca, token }), { clock: systemClock })
  })
  afterAll(async () => {
    await client.close()
    await api.stop()
  })

  it('are stored for each kind, and for this version too', () => {
    expect(releases).toContain(`v${ownVersion()}`)
    const kinds = setOf(`v${ownVersion()}`).map(({ kind }) => kind)
    expect(kinds.sort()).toEqual(allKinds.map(({ kind }) => kind).sort())
  })

  it.each(each)('%s %s is still a kind that is served', (_release, _kind, object) => {
    expect(kindOf(object)).toBeDefined()
  })

  it.each(each)('%s %s can be read by the manager', (_release, _kind, object) => {
    const kind = kindOf(object)!
    expect(kind.spec.safeParse(object.spec).error?.issues).toBeUndefined()
    if (object.status !== undefined) expect(kind.status?.safeParse(object.status).error?.issues).toBeUndefined()
  })

  it.each(each)(
    '%s %s is taken by the API server, spec and status, without losing a field',
    async (release, _kind, object) => {
      const kind = kindOf(object)!
      const resource = client.resource<Stored>(typeOf(kind))
      const name = `${release.replaceAll('.', '-')}-${object.metadata.name}`
      const { labels, annotations } = object.metadata
      const metadata = {
        name,
        namespace: 'old',
        ...(labels === undefined ? {} : { labels }),
        ...(annotations === undefined ? {} : { annotations }),
      }
      const created = await resource.create({
        apiVersion: object.apiVersion,
        kind: object.kind,
        metadata,
        spec: object.spec,
      })
      expect(created.spec).toEqual(object.spec)
      if (object.status === undefined) return
      const stored = await resource.mergePatchStatus('old', name, { status: object.status })
      expect(stored.status).toEqual(object.status)
    },
  )
})
