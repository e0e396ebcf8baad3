import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { containerdFolder } from '../../hack/containerd/programs.js'
import {
  type ConfigVersion,
  containerdFiles,
  containerdConfigPath,
  kataDropIn,
  kataDropInPath,
} from '../../src/kud/containerd.js'
import { handlerFacts, type KataHandler } from '../../src/kud/handlers.js'

// Real containerds read the rendered files (`make containerd` builds them; a suite is skipped where one is missing).
const programs = containerdFolder(process.env)
const program = (minor: string): string => join(programs, `containerd-${minor}`)
const missing = (minor: string): boolean => !existsSync(program(minor))

const scratch = mkdtempSync(join(tmpdir(), 'katametal-containerd-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const handlers = Object.keys(handlerFacts) as KataHandler[]

let number = 0
/** Writes files below a folder of their own and returns where the main one is. */
const written = (files: readonly { path: string; text: string }[]): string => {
  const root = join(scratch, String(++number))
  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text.replaceAll('"/etc/containerd/', `"${root}/etc/containerd/`))
  }
  return join(root, containerdConfigPath)
}

/** What containerd made of its files, in its own words, without quotes. */
const effective = (minor: string, config: string): string => {
  const { stdout, stderr, status } = spawnSync(program(minor), ['--config', config, 'config', 'dump'], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`containerd ${minor} ended with ${String(status)}: ${stderr}`)
  return stdout.replaceAll(/["']/g, '')
}

const table = (dump: string, name: string): string => {
  const start = dump.indexOf(`${name}]`)
  const end = dump.indexOf('[plugins', start)
  return start < 0 ? '' : dump.slice(start, end < 0 ? undefined : end)
}

const holds = (dump: string, prefix: string): void => {
  expect(dump).toContain('default_runtime_name = runc')
  expect(table(dump, `${prefix}.runtimes.runc.options`)).toContain('SystemdCgroup = true')
  expect(dump).toMatch(/sandbox(_image)? = registry\.k8s\.io\/pause:3\.10\.1/)
  for (const handler of handlers) {
    const { shim, configuration } = handlerFacts[handler]
    const options = table(dump, `${prefix}.runtimes.${handler}.options`)
    const runtime = table(dump, `${prefix}.runtimes.${handler}`)
    expect(runtime).toContain(`runtime_type = io.containerd.${handler}.v2`)
    expect(runtime).toContain(`runtime_path = ${shim}`)
    expect(runtime).toContain('privileged_without_host_devices = true')
    expect(runtime).toContain('pod_annotations = [io.katacontainers.*]')
    expect(options).toContain(`ConfigPath = ${configuration}`)
  }
}

const files = (version: ConfigVersion) => containerdFiles(version, '3.10.1', handlers)
const tables = { 2: 'io.containerd.grpc.v1.cri.containerd', 3: 'io.containerd.cri.v1.runtime.containerd' } as const

describe.skipIf(missing('2.3'))('containerd 2.3', () => {
  it('takes the rendered files of version 3 with every key of Kata (facts 5 to 11)', () => {
    holds(effective('2.3', written(files(3))), tables[3])
  })

  it('takes the drop-in beside a main file that somebody else wrote', () => {
    const main = { path: containerdConfigPath, text: 'version = 3\nimports = ["/etc/containerd/conf.d/*.toml"]\n' }
    const dump = effective('2.3', written([main, { path: kataDropInPath, text: kataDropIn(3, handlers) }]))
    expect(table(dump, `${tables[3]}.runtimes.kata-qemu-runtime-rs`)).toContain(
      'runtime_type = io.containerd.kata-qemu-runtime-rs.v2',
    )
    expect(dump).toContain(`${tables[3]}.runtimes.runc]`)
  })
})

describe.skipIf(missing('1.7'))('containerd 1.7', () => {
  it('takes the one rendered file of version 2 with every key of Kata (facts 5 to 11)', () => {
    holds(effective('1.7', written(files(2))), tables[2])
  })

  it('ignores the tables of version 3, which is why it gets version 2', () => {
    const main = {
      path: containerdConfigPath,
      text: `${files(3)[0]?.text ?? ''}${kataDropIn(3, handlers).replace(/^version.*\n/, '')}`.replace(
        'version = 3',
        'version = 2',
      ),
    }
    expect(effective('1.7', written([main]))).not.toContain(`${tables[2]}.runtimes.kata-qemu`)
  })

  it('loses the runc of the main file to a drop-in, which is why it gets none', () => {
    const main = {
      path: containerdConfigPath,
      text: `imports = ["/etc/containerd/conf.d/*.toml"]\n${containerdFiles(2, '3.10.1', [])[0]?.text ?? ''}`,
    }
    const dump = effective('1.7', written([main, { path: kataDropInPath, text: kataDropIn(2, handlers) }]))
    expect(table(dump, `${tables[2]}.runtimes.runc.options`)).not.toContain('SystemdCgroup = true')
  })
})

describe.skipIf(missing('1.6'))('containerd 1.6 of Debian 12, which the node layer refuses', () => {
  it('would run without a single Kata handler on the files of containerd 2, and not say so', () => {
    expect(effective('1.6', written(files(3)))).not.toContain('runtimes.kata-')
  })
})
