import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { firstBootScript, vendorData } from './vendor-data.js'

/** The parts as Python's mail parser, which cloud-init uses, sees them. */
const partsOf = (message: string): { type: string; name: string; text: string }[] =>
  JSON.parse(
    execFileSync(
      'python3',
      [
        '-c',
        'import email, json, sys\nm = email.message_from_string(sys.stdin.read())\nprint(json.dumps([dict(type=p.get_content_type(), name=p.get_filename(), text=p.get_payload(decode=True).decode()) for p in m.walk() if not p.is_multipart()]))',
      ],
      { input: message, encoding: 'utf8' },
    ),
  )

const noPython = spawnSync('python3', ['--version']).error !== undefined

describe.skipIf(noPython)('vendor data', () => {
  it('is a MIME message of scripts that keeps every byte and the order of the names', () => {
    const text = `#!/bin/bash\n${'ü'.repeat(200)}\n--=_katametal_2\n'$x' "\\"\n`
    const parts = partsOf(
      vendorData([
        { name: '10-a', text },
        { name: '20-b', text: '#!/bin/sh\n' },
      ]),
    )
    expect(parts).toEqual([
      { type: 'text/x-shellscript', name: '10-a', text },
      { type: 'text/x-shellscript', name: '20-b', text: '#!/bin/sh\n' },
    ])
  })

  it('begins with the report of the first boot, so that a failure of the rest is told', () => {
    const { name, text } = firstBootScript()
    expect(name < '20-katametal-node-layer').toBe(true)
    expect(text).toMatch(/^#!\/bin\/sh\n/)
    expect(text).toContain('systemctl start --no-block katametal-first-boot.service')
    expect(spawnSync('sh', ['-n'], { input: text }).status).toBe(0)
  })
})
