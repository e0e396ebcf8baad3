import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { extract } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { packageRoot } from '../../src/base/package-root.js'
import { bootImagePath, imageContents } from './contents.js'
import { digestOf, type ImageFile, layerOf, tarOf } from './layer.js'
import { pathsIn } from './libraries.js'
import { imageOf } from './oci.js'

/** Any small program that is dynamically linked. */
const someProgram = '/usr/bin/env'
let root: string
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'katametal-image-'))
  root = join(folder, 'project')
  const files = {
    'dist/katametal.js': "console.log('katametal ' + process.argv.slice(2).join(' '))",
    'dist/katametal.js.map': '{}',
    'config/crd/a.yaml': 'a: 1',
    'firmware-profiles/kata.yaml': 'b: 1',
    'package.json': '{"type":"module"}',
    LICENSE: 'Apache-2.0',
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  writeFileSync(join(folder, 'boot.iso'), 'a boot image')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const contents = (options: { ipmitool?: string; bootImage?: string; node?: string } = {}) =>
  imageContents({ root, node: options.node ?? someProgram, ipmitool: options.ipmitool, bootImage: options.bootImage })
const build = async () => {
  const layers = await Promise.all(contents().map(({ title, files }) => layerOf(title, files)))
  return imageOf({ name: 'registry.test/katametal:v1', version: '1.0.0', architecture: 'amd64', layers })
}

interface Entry {
  readonly name: string
  readonly mode: number | undefined
  readonly mtime: number | undefined
  readonly uid: number | undefined
  readonly contents: Buffer
}
const untar = async (archive: Buffer): Promise<Entry[]> => {
  const entries: Entry[] = []
  const reader = extract()
  reader.end(archive)
  for await (const entry of reader) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk)
    const { name, mode, mtime, uid } = entry.header
    entries.push({ name, mode, mtime: mtime?.getTime(), uid, contents: Buffer.concat(chunks) })
  }
  return entries
}

describe('the image', () => {
  it('is the same, byte for byte, each time it is built', async () => {
    const [first, second] = [await build(), await build()]
    expect(second.digest).toBe(first.digest)
    expect(second.archive.equals(first.archive)).toBe(true)
  })

  it('is another one when one file differs', async () => {
    const first = await build()
    writeFileSync(join(root, 'firmware-profiles/kata.yaml'), 'b: 2')
    expect((await build()).digest).not.toBe(first.digest)
    writeFileSync(join(root, 'firmware-profiles/kata.yaml'), 'b: 1')
    expect((await build()).digest).toBe(first.digest)
  })

  it('is an OCI image layout in which every descriptor fits its blob', async () => {
    const { archive, digest } = await build()
    const files = new Map((await untar(archive)).map(({ name, contents: bytes }) => [name, bytes]))
    const json = (name: string) => JSON.parse(files.get(name)?.toString() ?? '')
    const blob = ({ digest: wanted, size }: { digest: string; size: number }): Buffer => {
      const bytes = files.get(`blobs/${wanted.replace(':', '/')}`)!
      expect([digestOf(bytes), bytes.length]).toEqual([wanted, size])
      return bytes
    }
    expect(json('oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' })
    const [entry] = json('index.json').manifests
    expect(entry).toMatchObject({
      digest,
      platform: { os: 'linux', architecture: 'amd64' },
      annotations: { 'org.opencontainers.image.ref.name': 'registry.test/katametal:v1' },
    })
    const manifest = JSON.parse(blob(entry).toString())
    const config = JSON.parse(blob(manifest.config).toString())
    const layers = (manifest.layers as { digest: string; size: number }[]).map(blob)
    expect(layers.map(layer => digestOf(gunzipSync(layer)))).toEqual(config.rootfs.diff_ids)
    expect(config.history).toHaveLength(layers.length)
    expect(config.config).toMatchObject({
      User: '65532:65532',
      Entrypoint: ['/usr/bin/node', '/opt/katametal/dist/katametal.js'],
    })
  })

  it('holds nothing that can be written, no setuid program, no shell, no source map and no time', async () => {
    for (const { files } of contents({ ipmitool: someProgram })) {
      for (const { name, mode = 0, mtime, uid } of await untar(await tarOf(files))) {
        expect(mode & 0o7022).toBe(0)
        expect([mtime, uid]).toEqual([0, 0])
        expect(name).not.toMatch(/\.map$|\/(ba)?sh$/)
      }
    }
  })

  it('has the boot image where the Deployment looks for it', () => {
    const files = contents({ bootImage: join(folder, 'boot.iso') }).flatMap(layer => layer.files)
    expect(files.find(({ path }) => path === bootImagePath)?.contents.toString()).toBe('a boot image')
    const deployment = parse(readFileSync(join(packageRoot(), 'config/manager/deployment.yaml'), 'utf8'))
    expect(deployment.spec.template.spec.containers[0].args).toContain(`--boot-image=/${bootImagePath}`)
  })

  it('runs as the user of the Deployment', () => {
    const deployment = parse(readFileSync(join(packageRoot(), 'config/manager/deployment.yaml'), 'utf8'))
    expect(deployment.spec.template.spec.securityContext).toMatchObject({ runAsUser: 65532, runAsGroup: 65532 })
  })

  it('runs, with no library but its own', () => {
    const rootfs = join(folder, 'rootfs')
    const files: readonly ImageFile[] = contents({ node: process.execPath }).flatMap(layer => layer.files)
    for (const { path, contents: bytes, executable } of files) {
      mkdirSync(dirname(join(rootfs, path)), { recursive: true })
      writeFileSync(join(rootfs, path), bytes)
      chmodSync(join(rootfs, path), executable ? 0o755 : 0o644)
    }
    const libraries = files.filter(({ path }) => /\.so(\.|$)/.test(path)).map(({ path }) => path)
    const loader = libraries.find(path => /ld-linux|ld-musl/.test(path))!
    const folders = [...new Set(libraries.map(path => dirname(join(rootfs, path))))]
    const options = ['--inhibit-cache', '--library-path', folders.join(':')]
    const inside = [join(rootfs, 'usr/bin/node'), join(rootfs, 'opt/katametal/dist/katametal.js'), 'version']
    const said = execFileSync(join(rootfs, loader), [...options, ...inside], { encoding: 'utf8', env: {} })
    expect(said).toBe('katametal version\n')
    const used = execFileSync(join(rootfs, loader), [...options, '--list', inside[0]!], { encoding: 'utf8', env: {} })
    for (const path of pathsIn(used)) expect(path.startsWith(rootfs)).toBe(true)
  })
})

describe('the libraries of a program', () => {
  it('are read from what ldd prints, with the loader and without what the kernel brings', () => {
    const text =
      '\tlinux-vdso.so.1 (0x00007ffd)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f00)\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f01)\n'
    expect(pathsIn(text)).toEqual(['/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2'])
  })

  it('are refused when one is missing: the image would not run', () => {
    expect(() => pathsIn('\tlibfoo.so.1 => not found\n')).toThrow('the library libfoo.so.1 is not installed')
  })
})
