import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../base/package-root.js'

/** A script that cloud-init runs; scripts run in the order of their names. */
export interface VendorScript {
  readonly name: string
  readonly text: string
}

/**
 * The vendor data of an installed system: scripts that cloud-init runs after it has written the files of the user data
 * and before the commands of the user data (module scripts_vendor). As a MIME message, so that nothing is merged with
 * the keys of the user data.
 */
export const vendorData = (scripts: readonly VendorScript[]): string => {
  const boundary = boundaryFor(scripts)
  const parts = scripts.map(
    ({ name, text }) =>
      `--${boundary}\nContent-Type: text/x-shellscript; charset="utf-8"\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="${name}"\n\n${wrapped(Buffer.from(text, 'utf8').toString('base64'))}\n`,
  )
  return `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n${parts.join('')}--${boundary}--\n`
}

/** Installs the report of the first boot (config/first-boot) and starts it beside cloud-init, which it waits for. */
export const firstBootScript = (): VendorScript => ({
  name: '10-katametal-first-boot',
  text: `#!/bin/sh
# Installs what reports this first boot to the manager. Written by katametal.
set -eu
mkdir -p /usr/local/lib/katametal
cat >/usr/local/lib/katametal/first-boot <<'KATAMETAL'
${reportProgram()}KATAMETAL
chmod 0755 /usr/local/lib/katametal/first-boot
cat >/etc/systemd/system/katametal-first-boot.service <<'KATAMETAL'
${unit}KATAMETAL
systemctl daemon-reload
systemctl enable katametal-first-boot.service
systemctl start --no-block katametal-first-boot.service
`,
})

const unit = `[Unit]
Description=Report of the first boot to katametal
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=/usr/local/lib/katametal/first-boot
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
`

/** The program of config/first-boot, which needs nothing but Python's standard library. */
const reportProgram = (): string => readFileSync(join(packageRoot(), 'config', 'first-boot', 'report.py'), 'utf8')

/** Lines of at most 76 characters (RFC 2045 section 6.8). */
const wrapped = (base64: string): string => base64.replace(/.{76}(?=.)/g, '$&\n')

/** Base64 holds no `=_`, so no part can hold it (RFC 2045 section 6.7). */
const boundaryFor = (scripts: readonly VendorScript[]): string => `=_katametal_${scripts.length}`
