import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { loadMatrix, loadNodeLayerPrograms, loadShippedKudProfiles } from './data.js'
import { existingNodeScript, vendorDataScript } from './node-script.js'

const missing = spawnSync('shellcheck', ['--version']).error !== undefined
const matrix = loadMatrix()
const programs = loadNodeLayerPrograms()

const complaints = (script: string): string =>
  spawnSync('shellcheck', ['--shell', 'bash', '-'], { input: script, encoding: 'utf8' }).stdout

describe.skipIf(missing)('shellcheck (skipped where it is not installed)', () => {
  it.each([...loadShippedKudProfiles().values()])(
    'has nothing to say about the scripts of profile $name',
    ({ name, spec }) => {
      const layer = { name, spec, kata: true }
      expect(complaints(vendorDataScript(layer, matrix, programs))).toBe('')
      expect(complaints(existingNodeScript(layer, matrix, programs))).toBe('')
    },
  )

  it.each(['kubeletArguments', 'kataCheck'] as const)('has nothing to say about the program %s', name => {
    expect(complaints(programs[name])).toBe('')
  })
})
