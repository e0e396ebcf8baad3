import { describe, expect, it } from 'vitest'
import { containerdFiles, kataDropIn, kataTables } from './containerd.js'
import { handlerFacts, type KataHandler } from './handlers.js'

const handlers: readonly KataHandler[] = ['kata-qemu-runtime-rs', 'kata-clh-runtime-rs', 'kata-qemu']
const whole = (version: 2 | 3) =>
  containerdFiles(version, '3.10.1', handlers)
    .map(({ path, text }) => `# ${path}\n${text}`)
    .join('\n')

describe('the configuration of containerd', () => {
  it('for containerd 2.x is as reviewed', async () => {
    await expect(whole(3)).toMatchFileSnapshot('golden/containerd-3.toml')
  })

  it('for containerd 1.7 is as reviewed', async () => {
    await expect(whole(2)).toMatchFileSnapshot('golden/containerd-2.toml')
  })

  it('has version 3 with the tables of version 3, or version 2 with those of version 2, never both (facts 5 and 6)', () => {
    expect(whole(3)).toContain('version = 3')
    expect(whole(3)).not.toContain('io.containerd.grpc.v1.cri')
    expect(whole(2)).toContain('version = 2')
    expect(whole(2)).not.toContain('io.containerd.cri.v1')
    expect(kataDropIn(3, handlers)).toMatch(/^version = 3\n/)
  })

  it('imports the folder of its drop-in where there is one (fact 7)', () => {
    const [main, dropIn] = containerdFiles(3, '3.10.1', handlers)
    expect(main?.text).toContain('imports = ["/etc/containerd/conf.d/*.toml"]')
    expect(dropIn?.path).toMatch(/^\/etc\/containerd\/conf\.d\/[^/]+\.toml$/)
    expect(containerdFiles(2, '3.10.1', handlers)).toHaveLength(1)
    expect(whole(2)).not.toContain('imports')
  })

  it.each([2, 3] as const)('version %s keeps runc as default, with systemd cgroups (fact 8)', version => {
    expect(whole(version)).toMatch(/default_runtime_name = "runc"/)
    expect(whole(version)).toMatch(/runtimes\.runc\.options\]\n {2}SystemdCgroup = true/)
  })

  it.each([2, 3] as const)(
    'version %s has a table for each handler, with the keys of Kata (facts 9 to 12)',
    version => {
      const text = whole(version)
      for (const handler of handlers) {
        const table = text.slice(text.indexOf(`.runtimes.${handler}]`), text.indexOf(`.runtimes.${handler}.options]`))
        expect(table).toContain(`runtime_type = "io.containerd.${handler}.v2"`)
        expect(table).toContain(`runtime_path = "${handlerFacts[handler].shim}"`)
        expect(table).toContain('privileged_without_host_devices = true')
        expect(table).toContain('pod_annotations = ["io.katacontainers.*"]')
      }
      expect(text).not.toContain('snapshotter')
    },
  )

  it('names the shim of its language and a configuration of the archive (fact 10)', () => {
    for (const [handler, { language, shim, configuration }] of Object.entries(handlerFacts)) {
      expect(shim.startsWith('/opt/kata/runtime-rs/bin/')).toBe(language === 'Rust')
      expect(configuration.includes('/runtime-rs/')).toBe(language === 'Rust')
      expect(configuration.endsWith(`configuration-${handler.replace('kata-', '')}.toml`)).toBe(true)
    }
  })

  it('for a node without Kata has no drop-in and no handler', () => {
    const [main, ...others] = containerdFiles(3, '3.10.1', [])
    expect(others).toEqual([])
    expect(main?.text).not.toContain('kata')
  })

  it('gives the tables alone to be added to a file that has a version already', () => {
    expect(kataTables(2, handlers)).toMatch(/^\[plugins\."io\.containerd\.grpc\.v1\.cri"/)
    expect(kataTables(2, handlers)).not.toContain('version =')
  })
})
