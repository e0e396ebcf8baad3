import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goTrouble } from './go.js'
import { linkerFlags, programs, upstreams } from './programs.js'
import { programFolder, readVersions, recipeFolder, recipeHash, requiredVersion } from './recipe.js'

describe('Go', () => {
  it('is asked for when it is missing, too old or unreadable, and not otherwise', () => {
    expect(goTrouble(undefined)).toContain('there is no "go" on the PATH')
    expect(goTrouble('go version go1.25.9 linux/amd64\n')).toContain('this is go1.25')
    expect(goTrouble('devel')).toContain('says: devel')
    for (const version of ['1.26.0', '1.26.8', '1.27', '2.0.1'])
      expect(goTrouble(`go version go${version} linux/amd64`)).toBeUndefined()
  })
})

describe('versions', () => {
  it('are read from go.mod, from a block or a single line', () => {
    const module = 'k8s.io/kubernetes'
    expect(requiredVersion(`require ${module} v1.36.3\n`, module)).toBe('v1.36.3')
    expect(
      requiredVersion(`require (\n\tk8s.io/kubernetes-other v0.1.0\n\t${module} v1.36.3 // indirect\n)\n`, module),
    ).toBe('v1.36.3')
    expect(() => requiredVersion('go 1.26.0\n', module)).toThrow('requires no k8s.io/kubernetes')
  })

  it('are set at link time, as upstream compares them', () => {
    expect(linkerFlags('p', 'v1.36.3')).toBe(
      '-s -w -X p.gitVersion=v1.36.3 -X p.gitMajor=1 -X p.gitMinor=36 -X p.gitTreeState=clean',
    )
    expect(linkerFlags(undefined, 'v1')).toBe('-s -w')
  })

  it('stand in the go.mod of every module', async () => {
    const versions = await readVersions()
    for (const module of Object.keys(upstreams)) expect(versions[module as keyof typeof versions]).toMatch(/^v\d/)
  })
})

describe('the recipe', () => {
  let copy: string
  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'katametal-recipe-'))
    for (const module of Object.keys(upstreams))
      await cp(join(recipeFolder, module), join(copy, module), { recursive: true })
  })
  afterAll(() => rm(copy, { recursive: true, force: true }))

  it('has another cache folder when a dependency changes, and the same one otherwise', async () => {
    const before = await recipeHash(copy)
    expect(before).toBe(await recipeHash())
    const sum = join(copy, 'etcd/go.sum')
    await writeFile(sum, `${await readFile(sum, 'utf8')}\n`)
    expect(await recipeHash(copy)).not.toBe(before)
  })

  it('keeps the programs where the environment says, else in the home folder', async () => {
    const hash = await recipeHash()
    expect(await programFolder({ KATAMETAL_CACHE: '/cache' })).toBe(`/cache/kubernetes/${hash}`)
    expect(await programFolder({})).toMatch(new RegExp(`/\\.cache/katametal/kubernetes/${hash}$`))
  })

  it('names each program once, and every module folder has one', async () => {
    const names = programs.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    const folders = (await readdir(recipeFolder, { withFileTypes: true })).filter(entry => entry.isDirectory())
    expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(upstreams).sort())
  })
})
