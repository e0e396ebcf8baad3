import { packageRoot } from '../src/base/package-root.js'
import { generate } from './gen/generate.js'
import { differing, write } from './gen/files.js'

// `npm run gen` writes every generated file; `--check` only says which differ and then exits with 1.
const root = packageRoot(import.meta.url)
const files = generate()
if (process.argv.includes('--check')) {
  const wrong = await differing(root, files)
  for (const path of wrong) console.error(`${path} differs from what \`npm run gen\` makes`)
  process.exitCode = wrong.length === 0 ? 0 : 1
} else {
  for (const path of await write(root, files)) console.log(path)
}
