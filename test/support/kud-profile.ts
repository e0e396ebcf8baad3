import { type KudProfileSpec, kudProfileSpecSchema } from '../../api/kud/kud-profile.js'

type Given = Readonly<Partial<Record<keyof KudProfileSpec, unknown>>>

/** A profile with its defaults, for tests; what is given takes the place of whole fields. */
export const profile = (given: Given = {}): KudProfileSpec =>
  kudProfileSpecSchema.parse({
    kubernetes: { version: 'v1.35.2' },
    containerd: { version: '2.3.4' },
    kata: { version: '4.1.0' },
    runtimeClasses: [
      { name: 'kata-qemu-runtime-rs', handler: 'kata-qemu-runtime-rs' },
      { name: 'kata-clh-runtime-rs', handler: 'kata-clh-runtime-rs' },
    ],
    cnis: [{ name: 'Flannel', role: 'Primary', version: '0.28.9' }],
    tenants: { runtimeClassName: 'kata-qemu-runtime-rs' },
    ...given,
  })
