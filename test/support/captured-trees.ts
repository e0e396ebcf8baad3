import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/base/package-root.js'

/** Captured service trees of real servers; they are not part of the project and lie beside it, or nowhere. */
const treesFolder = join(packageRoot(), '..', 'shared', 'redfish-trees')

export const hasTree = (name: string): boolean => existsSync(join(treesFolder, `${name}.tar.xz`))

/** Unpacks a tree to a temporary folder and returns the folder that holds `redfish/`, and how to remove it. */
export const unpackTree = (name: string): { folder: string; remove: () => void } => {
  const target = mkdtempSync(join(tmpdir(), 'katametal-tree-'))
  execFileSync('tar', ['-xJf', join(treesFolder, `${name}.tar.xz`), '-C', target])
  const [top] = readdirSync(target)
  const folder = existsSync(join(target, 'redfish')) ? target : join(target, top ?? '')
  return { folder, remove: () => rmSync(target, { recursive: true, force: true }) }
}
