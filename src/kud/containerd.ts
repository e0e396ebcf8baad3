import { handlerFacts, type KataHandler } from './handlers.js'

/** Where containerd reads its configuration, and where files that it imports stand. */
export const containerdConfigPath = '/etc/containerd/config.toml'
export const kataDropInPath = '/etc/containerd/conf.d/katametal-kata.toml'

/** Version 3 is for containerd 2.x, version 2 for 1.7: the tables of the CRI plug-in have other names in each. */
export type ConfigVersion = 2 | 3

const runtimeTable = {
  2: 'plugins."io.containerd.grpc.v1.cri".containerd',
  3: 'plugins."io.containerd.cri.v1.runtime".containerd',
} as const

/** A file of containerd's configuration. */
export interface ConfigFile {
  readonly path: string
  readonly text: string
}

/**
 * The whole configuration of a node that was never configured: runc as default with systemd cgroups, the pause image
 * of the Kubernetes release, and Kata's handlers. On 2.x Kata stands in a file of its own, which the main file imports;
 * 1.7 would replace the whole table by an imported one, so there everything stands in the main file.
 */
export const containerdFiles = (
  version: ConfigVersion,
  pause: string,
  handlers: readonly KataHandler[],
): readonly ConfigFile[] => {
  const main = [...preamble[version], '', ...sandboxLines(version, pause), '', ...runcLines(version)]
  if (version === 3)
    return [
      { path: containerdConfigPath, text: lines(main) },
      ...(handlers.length === 0 ? [] : [{ path: kataDropInPath, text: kataDropIn(version, handlers) }]),
    ]
  return [{ path: containerdConfigPath, text: lines([...main, ...kataLines(version, handlers)]) }]
}

/** Only Kata's handlers, with the version line that an imported file needs. */
export const kataDropIn = (version: ConfigVersion, handlers: readonly KataHandler[]): string =>
  lines([`version = ${version}`, ...kataLines(version, handlers)])

/** Only the tables of Kata's handlers, to be appended to a main file. */
export const kataTables = (version: ConfigVersion, handlers: readonly KataHandler[]): string =>
  lines(kataLines(version, handlers).slice(1))

const preamble: Readonly<Record<ConfigVersion, readonly string[]>> = {
  2: ['version = 2'],
  3: ['version = 3', 'imports = ["/etc/containerd/conf.d/*.toml"]'],
}

const sandboxLines = (version: ConfigVersion, pause: string): readonly string[] =>
  version === 2
    ? ['[plugins."io.containerd.grpc.v1.cri"]', `  sandbox_image = "registry.k8s.io/pause:${pause}"`]
    : ['[plugins."io.containerd.cri.v1.images".pinned_images]', `  sandbox = "registry.k8s.io/pause:${pause}"`]

const runcLines = (version: ConfigVersion): readonly string[] => {
  const table = runtimeTable[version]
  return [
    `[${table}]`,
    '  default_runtime_name = "runc"',
    '',
    `[${table}.runtimes.runc]`,
    '  runtime_type = "io.containerd.runc.v2"',
    '',
    `[${table}.runtimes.runc.options]`,
    '  SystemdCgroup = true',
  ]
}

const kataLines = (version: ConfigVersion, handlers: readonly KataHandler[]): readonly string[] =>
  handlers.flatMap(handler => {
    const table = `${runtimeTable[version]}.runtimes.${handler}`
    const { shim, configuration } = handlerFacts[handler]
    return [
      '',
      `[${table}]`,
      `  runtime_type = "io.containerd.${handler}.v2"`,
      `  runtime_path = "${shim}"`,
      '  privileged_without_host_devices = true',
      '  pod_annotations = ["io.katacontainers.*"]',
      '  container_annotations = ["io.kubernetes.container.terminationMessage*"]',
      '',
      `[${table}.options]`,
      `  ConfigPath = "${configuration}"`,
    ]
  })

const lines = (all: readonly string[]): string => `${all.join('\n')}\n`
