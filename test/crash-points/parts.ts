import { apiVersionOf } from '../../api/kind.js'
import type { KubeObject } from '../../api/meta.js'
import { firmwareProfile } from '../../api/metal/firmware-profile.js'
import { labCluster } from '../../src/lab/lab-cluster.js'
import { labNamespace } from '../../src/lab/lab.js'
import type { Site } from '../support/site.js'
import type { Chapter } from './loop.js'

/** The one host of the site. */
export const only = (site: Site): string => {
  const [name = ''] = site.names
  return name
}

export const serverOf = (site: Site) => site.server(only(site))

/** For a site whose tests apply the host when they want it. */
export const noHosts = (manifest: KubeObject): KubeObject | undefined =>
  manifest.kind === 'BareMetalHost' ? undefined : manifest

/** Creates the host, or brings its spec back to this. */
export const applyHost = (site: Site, spec: object = {}): void => {
  const { host } = serverOf(site)
  site.api.applyManifest({ ...host, spec: { ...host.spec, firmwareProfileName: 'kata', ...spec } })
}

export const patchHost = (site: Site, spec: object) => site.hosts.mergePatch(labNamespace, only(site), { spec })

export const annotate = (site: Site, annotations: Readonly<Record<string, string>>) =>
  site.hosts.mergePatch(labNamespace, only(site), { metadata: { annotations } })

export const untilWithout = (site: Site, annotation: string) =>
  site.untilHost(
    only(site),
    `annotation ${annotation} gone`,
    ({ metadata }) => metadata.annotations?.[annotation] === undefined,
  )

export const untilPower = (site: Site, power: 'On' | 'Off') =>
  site.untilHost(
    only(site),
    `power ${power}`,
    ({ status }) => status?.poweredOn === (power === 'On') && serverOf(site).bmc.power === power,
  )

/** The installed system has started: only such a server hears the power button. */
export const untilSystem = (site: Site) =>
  site.until('the installed system to run', () => serverOf(site).server.state === 'system')

export const untilGone = (site: Site) =>
  site.until('the host to be gone', async () => (await site.hosts.find(labNamespace, only(site))) === undefined)

export const isOfMachine = ({ kind }: KubeObject): boolean => kind === 'Machine' || kind === 'KataMetalMachine'

/** Asks for the one Machine of the site's Cluster. */
export const applyMachine = (site: Site): void => {
  for (const manifest of labCluster({ machines: 1, image: site.lab.images.image, namespace: labNamespace }))
    if (isOfMachine(manifest)) site.api.applyManifest(manifest)
}

/** A profile that is applied to hosts in service; hyper-threading as asked. */
export const applyProfile = (site: Site, hyperthreading: 'Enabled' | 'Disabled'): void =>
  site.api.applyManifest({
    apiVersion: apiVersionOf(firmwareProfile),
    kind: firmwareProfile.kind,
    metadata: { namespace: labNamespace, name: 'threads' },
    spec: { intents: { hyperthreading }, whenInService: 'OnReboot' },
  })

export const letGo: Chapter = {
  name: 'is deleted while nobody uses it',
  commands: ['Deleting.release release'],
  begin: site => site.hosts.delete(labNamespace, only(site)),
  end: untilGone,
}
