// Bundles the `katametal` command into dist/katametal.js: a quarter of the start-up time and half the memory of
// running from many files. Split, so that a verb loads only what it needs. Plain JavaScript, because it also runs
// from `npm ci` (the `prepare` script).
import { build } from 'esbuild'
import { chmod, readFile, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'

if (existsSync('src/cli/katametal.ts')) {
  await rm('dist/chunks', { recursive: true, force: true })
  await build({
    entryPoints: { katametal: 'src/cli/katametal.ts' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'linked',
    logLevel: 'warning',
    legalComments: 'none',
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire as katametalCreateRequire } from 'node:module'; const require = katametalCreateRequire(import.meta.url);",
    },
  })
  await chmod('dist/katametal.js', 0o755)
  // The deploy agent, for the boot image (hack/ramdisk): one file.
  await build({
    entryPoints: { agent: 'src/agent/main.ts' },
    outdir: 'dist/agent',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minify: true,
    logLevel: 'warning',
    legalComments: 'none',
    define: { KATAMETAL_VERSION: JSON.stringify(JSON.parse(await readFile('package.json', 'utf8')).version) },
    banner: {
      js: "import { createRequire as katametalCreateRequire } from 'node:module'; const require = katametalCreateRequire(import.meta.url);",
    },
  })
}
