export const renderParts = ['all', 'vendor-data', 'script', 'runtimeclasses', 'tenancy'] as const

export interface RenderFlags {
  readonly part: (typeof renderParts)[number]
  readonly withoutKata?: boolean
  readonly namespace?: readonly string[]
  readonly output: 'text' | 'json' | 'yaml'
}
