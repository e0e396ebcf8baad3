import type { KudProfileSpec } from '../../api/kud/kud-profile.js'
import { handlerFacts } from './handlers.js'
import type { Judged } from './judge.js'
import type { Matrix } from './matrix.js'
import { withoutV } from './versions.js'

/** A file that nodes fetch. */
export interface Archive {
  readonly url: string
  readonly sha256: string
}

/** What nodes fetch; what is absent the image brings. */
export interface Archives {
  readonly containerd: Archive | undefined
  readonly runc: Archive | undefined
  readonly cniPlugins: Archive | undefined
  readonly kata: Archive | undefined
  readonly kataGo: Archive | undefined
}

/** Fills in the URLs of the releases where the profile names only a digest. */
export const archivesOf = (
  { containerd, kata, runtimeClasses }: KudProfileSpec,
  judged: Judged,
  matrix: Matrix,
): Archives => {
  const usesGo = runtimeClasses.some(({ handler }) => handlerFacts[handler].language === 'Go')
  const { archives } = matrix
  return {
    containerd: resolved(containerd.archive, archives.containerd, containerd.version),
    runc: resolved(containerd.runcArchive, archives.runc, containerd.runcVersion ?? ''),
    cniPlugins: resolved(containerd.cniPluginsArchive, archives.cniPlugins, containerd.cniPluginsVersion ?? ''),
    kata: resolved(kata.archive, judged.kata.archive, kata.version),
    kataGo: usesGo ? resolved(kata.goArchive, judged.kata.goArchive ?? judged.kata.archive, kata.version) : undefined,
  }
}

const resolved = (
  given: { url?: string | undefined; sha256: string } | undefined,
  release: string,
  version: string,
): Archive | undefined =>
  given === undefined
    ? undefined
    : { url: given.url ?? release.replaceAll('{version}', withoutV(version)), sha256: given.sha256 }
