import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hidingWordsOf } from './redact.js'

const userData = `#cloud-config
runcmd:
  - kubeadm join 10.0.0.1:6443 --token abcdef.0123456789abcdef --config /run/install/join.yaml
chpasswd: { list: "root:hunter2!" }
write_files:
  - { path: /etc/kubernetes/pki/ca.key, content: LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t }
`

describe('A log that repeats user data', () => {
  it('loses tokens, keys and passwords, wherever they stand', () => {
    const shown = hidingWordsOf(
      userData,
      'token "abcdef.0123456789abcdef" expired; key=LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t; login root:hunter2! failed',
    )
    expect(shown).toBe('token "[hidden]" expired; key=[hidden]; login root:[hidden] failed')
  })

  it('loses also what was cut of a long word, down to eight characters', () => {
    expect(hidingWordsOf(userData, 'content: LS0tLS1CRUdJTiBQUklW...')).toBe('content: [hidden]...')
    expect(hidingWordsOf(userData, 'content: ...VktEY')).toBe('content: ...VktEY')
  })

  it('keeps paths, flags, keys and what was not in the user data', () => {
    const log = 'error reading /run/install/join.yaml: --token: write_files: no space left on device'
    expect(hidingWordsOf(userData, log)).toBe(log)
  })

  it('is left as it is when there is nothing to hide', () => {
    expect(hidingWordsOf('', 'anything at all')).toBe('anything at all')
    expect(hidingWordsOf('#cloud-config\n{}\n', 'the disk is full')).toBe('the disk is full')
  })

  it('never shows a word of six characters or more that stood as a value, whatever is around it', () => {
    const word = fc.stringMatching(/^[A-Z0-9]{6,40}$/)
    fc.assert(
      fc.property(word, fc.string(), fc.string(), (secret, before, after) => {
        expect(hidingWordsOf(`password: ${secret}`, `${before}${secret}${after}`)).not.toContain(secret)
      }),
    )
  })
})
