import { readFile } from 'node:fs/promises'
import { systemClock } from '../../src/base/clock.js'
import { silentLogger } from '../../src/base/log.js'
import { createBmc } from '../../src/bmc/bmc.js'
import { loadVendors } from '../../src/bmc/vendors.js'

// Inspects one BMC as the manager does and tells how long that took and what was read, in a process of its own as sushy
// is: `inspect-by-us.ts URL USER PASSWORD CA_BUNDLE`. Starting Node is not counted, as starting Python is not.
const [address = '', username = '', password = '', bundle = ''] = process.argv.slice(2)
const paths: string[] = []
const bmc = createBmc({
  address,
  access: { username, password, trust: { kind: 'bundle', pem: await readFile(bundle, 'utf8') } },
  clock: systemClock,
  log: silentLogger,
  vendors: await loadVendors(),
  onExchange: ({ method, path, status }) => {
    if (method === 'GET' && status === 200) paths.push(path)
  },
})
const call = { signal: AbortSignal.timeout(120_000) }
const began = performance.now()
await bmc.identify(call)
await bmc.readInventory(call)
await bmc.close()
console.log(JSON.stringify({ milliseconds: performance.now() - began, paths }))
