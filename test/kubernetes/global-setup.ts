import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { programFolder } from '../../hack/kubernetes/recipe.js'
import { startBed } from '../../src/lab/kubernetes/bed.js'
import { installProvider } from '../../src/lab/kubernetes-lab.js'
import './real.js'

/** One bed for the whole run: etcd, kube-apiserver, kube-controller-manager, Cluster API, and our CRDs and roles. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const folder = join(await mkdtemp(join(tmpdir(), 'katametal-kubernetes-')), 'bed')
  const began = Date.now()
  const bed = await startBed({ programs: await programFolder(process.env), folder })
  try {
    await installProvider(bed)
  } catch (error) {
    await bed.stop()
    throw error
  }
  console.log(`kubernetes: the bed is up after ${((Date.now() - began) / 1000).toFixed(1)} s`)
  project.provide('bed', bed.address)
  return () => bed.stop()
}
