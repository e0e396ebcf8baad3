import { describe, expect, it } from 'vitest'
import { profile } from '../../test/support/kud-profile.js'
import { loadMatrix } from './data.js'
import { judge } from './judge.js'
import { judgeProof, type NodeSeen, type ProofSeen } from './proof.js'
import { proofNamespaceObject, proofPods } from './proof-pods.js'

const spec = profile()
const { kata } = judge(spec, loadMatrix())
const node: NodeSeen = {
  kernel: '6.1.0-amd64',
  bootID: 'boot-of-node',
  handlers: ['', 'runc', 'kata-qemu-runtime-rs', 'kata-clh-runtime-rs'],
}
const runc: ProofSeen = {
  className: undefined,
  outcome: 'succeeded',
  message: 'kernel=6.1.0-amd64 boot=boot-of-node cpus=64 memory=1000\n',
  overhead: undefined,
}
const inVM = (className: string, memory: string): ProofSeen => ({
  className,
  outcome: 'succeeded',
  message: 'kernel=6.18.35 boot=other cpus=2 memory=552960\n',
  overhead: { cpu: '250m', memory },
})
const qemu = inVM('kata-qemu-runtime-rs', '320Mi')
const clh = inVM('kata-clh-runtime-rs', '130Mi')
const verdict = (seen: readonly ProofSeen[], on: Partial<NodeSeen> = {}, given = spec) =>
  judgeProof({ ...node, ...on }, seen, given, kata)

describe('the proof that a Node runs Kata', () => {
  it('is given when each class shows the bundled kernel and runc that of the Node, and says what was seen (fact 33)', () => {
    expect(verdict([runc, qemu, clh])).toEqual({
      proven: true,
      reason: 'Proven',
      message:
        'kata-qemu-runtime-rs runs kernel 6.18.35 with 2 CPUs and 540 MiB, kata-clh-runtime-rs runs kernel 6.18.35 with 2 CPUs and 540 MiB; runc runs kernel 6.1.0-amd64 of the Node.',
    })
  })

  it('is open while a pod runs', () => {
    expect(verdict([runc, { ...qemu, outcome: 'running', message: '' }, clh])).toBeUndefined()
  })

  const refusals: [why: string, seen: ProofSeen[], on: Partial<NodeSeen>, reason: string, text: string][] = [
    [
      'the Node lacks a handler (fact 37)',
      [runc, qemu, clh],
      { handlers: ['runc', 'kata-clh-runtime-rs'] },
      'HandlerMissing',
      'kata-qemu-runtime-rs',
    ],
    [
      'a Kata pod shows the kernel of the Node',
      [runc, { ...qemu, message: runc.message }, clh],
      {},
      'NotInVM',
      'did not run in a VM',
    ],
    [
      'a Kata pod shows the boot of the Node',
      [runc, { ...qemu, message: 'kernel=6.18.35 boot=boot-of-node' }, clh],
      {},
      'NotInVM',
      'kata-qemu-runtime-rs',
    ],
    [
      'a guest kernel is not the bundled one',
      [runc, { ...qemu, message: 'kernel=5.4.0 boot=x' }, clh],
      {},
      'GuestKernelUnexpected',
      'brings 6.18.35',
    ],
    [
      'runc shows another kernel',
      [{ ...runc, message: 'kernel=6.18.35 boot=x' }, qemu, clh],
      {},
      'RuncElsewhere',
      '6.18.35',
    ],
    [
      'the overhead was not filled in (fact 17)',
      [runc, { ...qemu, overhead: undefined }, clh],
      {},
      'OverheadMissing',
      '320Mi',
    ],
    [
      'the overhead is that of an older Kata (fact 17)',
      [runc, { ...qemu, overhead: { cpu: '250m', memory: '160Mi' } }, clh],
      {},
      'OverheadMissing',
      '160Mi',
    ],
    [
      'a pod failed',
      [runc, qemu, { ...clh, outcome: 'failed', message: 'no VT-x' }],
      {},
      'PodFailed',
      'kata-clh-runtime-rs failed: no VT-x',
    ],
    ['a pod says nothing', [runc, qemu, { ...clh, message: '' }], {}, 'EvidenceMissing', 'kata-clh-runtime-rs'],
  ]
  it.each(refusals)('is refused when %s', (_why, seen, on, reason, text) => {
    expect(verdict(seen, on)).toMatchObject({ proven: false, reason })
    expect(verdict(seen, on)?.message).toContain(text)
  })

  it('takes any other kernel for releases whose own is not known, and a suffix of the known one', () => {
    const old = profile({ kata: { version: '4.0.0' } })
    const seen = [runc, { ...qemu, message: 'kernel=6.12.1 boot=x' }, { ...clh, message: 'kernel=6.12.1 boot=y' }]
    expect(judgeProof(node, seen, old, judge(old, loadMatrix()).kata)?.proven).toBe(true)
    expect(verdict([runc, { ...qemu, message: 'kernel=6.18.35-confidential boot=x' }, clh])?.proven).toBe(true)
  })

  it('knows amounts that the API server writes in another form', () => {
    expect(verdict([runc, { ...qemu, overhead: { cpu: '0.25', memory: '335544320' } }, clh])?.proven).toBe(true)
  })
})

describe('the pods of the proof', () => {
  const pods = proofPods({ name: 'node-1', uid: 'u-1' }, spec, 3)

  it('are one on runc and one of each class, pinned to the Node whatever its taints', () => {
    expect(pods.map(({ className }) => className)).toEqual([undefined, 'kata-qemu-runtime-rs', 'kata-clh-runtime-rs'])
    for (const { pod } of pods)
      expect(pod['spec']).toMatchObject({
        nodeName: 'node-1',
        tolerations: [{ operator: 'Exists' }],
        restartPolicy: 'Never',
      })
    expect(pods.map(({ pod }) => (pod['spec'] as { runtimeClassName?: string }).runtimeClassName)).toEqual([
      undefined,
      'kata-qemu-runtime-rs-proof',
      'kata-clh-runtime-rs-proof',
    ])
  })

  it('have names of their own in each try', () => {
    const names = [3, 4].flatMap(attempt =>
      proofPods({ name: 'node-1', uid: 'u-1' }, spec, attempt).map(({ name }) => name),
    )
    expect(new Set(names).size).toBe(6)
  })

  it('limit CPU and memory both, and ask for no right that Pod Security would refuse', () => {
    expect(proofNamespaceObject.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' })
    for (const { pod } of pods)
      expect(pod['spec']).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            resources: { limits: { cpu: '1', memory: '512Mi' } },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          },
        ],
      })
  })
})
