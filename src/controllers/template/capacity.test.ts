import { describe, expect, it } from 'vitest'
import {
  type KataMetalMachineTemplate,
  kataMetalMachineTemplateStatusSchema,
} from '../../../api/infrastructure/kata-metal-machine-template.js'
import type { HostInventorySpec } from '../../../api/metal/host-inventory.js'
import { condition, hostObject, inventoryObject } from '../../../test/support/cluster-api-objects.js'
import { capacityOf } from './capacity.js'

type Spec = KataMetalMachineTemplate['spec']['template']['spec']
const template = (spec: Spec = {}): KataMetalMachineTemplate => ({
  apiVersion: 'infrastructure.cluster.x-k8s.io/v1alpha1',
  kind: 'KataMetalMachineTemplate',
  metadata: { name: 'workers', namespace: 'site' },
  spec: { template: { spec } },
})
const inventories: Record<string, HostInventorySpec> = {
  small: { processors: { cores: 8, threads: 16, architecture: 'x86_64' }, memory: { totalMiB: 32_768 } },
  large: { processors: { cores: 64, threads: 128, architecture: 'x86_64' }, memory: { totalMiB: 524_288 } },
  arm: { processors: { cores: 80, architecture: 'aarch64' }, memory: { totalMiB: 262_144 } },
}
const host = (name: string, overrides: Parameters<typeof hostObject>[1] = {}) => hostObject(name, overrides)
const capacity = (spec: Spec, ...hosts: ReturnType<typeof host>[]) => {
  const status = capacityOf(template(spec), hosts, ({ metadata: { name } }) =>
    inventories[name] === undefined ? undefined : inventoryObject(name, inventories[name]),
  )
  kataMetalMachineTemplateStatusSchema.parse(status)
  return status
}

describe('what a Node of a template offers', () => {
  it('is the least of the hosts that match, so that the autoscaler never counts on more', () => {
    expect(capacity({}, host('small'), host('large'))).toEqual({
      capacity: { cpu: '16', memory: '32768Mi', pods: '110' },
      nodeInfo: { architecture: 'amd64', operatingSystem: 'linux' },
    })
  })

  it('counts only hosts that selector and needs let through, whether or not they are free', () => {
    const used = host('large', { spec: { consumerRef: { name: 'x' } }, status: { state: 'InService' } })
    expect(capacity({ needs: { cores: 32 } }, host('small'), used).capacity).toMatchObject({ cpu: '128' })
    const labelled = host('large', { metadata: { labels: { rack: 'b' } } })
    const spec = { hostSelector: { matchLabels: { rack: 'b' } } }
    expect(capacity(spec, host('small'), labelled).capacity).toMatchObject({ memory: '524288Mi' })
    const unable = host('small', { status: { conditions: [condition('KataCapable', 'False', 'No')] } })
    expect(capacity({ needs: { kata: true } }, unable, host('large')).capacity).toMatchObject({ cpu: '128' })
  })

  it('comes from the summary on the host, or from the needs, where no inventory tells', () => {
    const summary = host('x', { status: { hardware: { threads: 24, cores: 12, memoryMiB: 1024 } } })
    expect(capacity({}, summary).capacity).toEqual({ cpu: '24', memory: '1024Mi', pods: '110' })
    expect(capacity({ needs: { cores: 4, memory: '8Gi' } }).capacity).toEqual({ cpu: '4', memory: '8Gi', pods: '110' })
  })

  it('is not made up where nothing is known', () => {
    expect(capacity({})).toEqual({})
    expect(capacity({}, host('unknown'))).toEqual({})
    expect(capacity({}, host('unknown'), host('small')).capacity).toMatchObject({ cpu: '16' })
  })

  it('names another architecture only when all hosts have it', () => {
    expect(capacity({}, host('arm')).nodeInfo?.architecture).toBe('arm64')
    expect(capacity({}, host('arm'), host('small')).nodeInfo?.architecture).toBe('amd64')
  })
})
