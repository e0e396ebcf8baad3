import type { BiosSnapshot } from './model.js'

/** What is known of a server whose BMC offers no BIOS settings; `why` is in the words of the BMC or the driver. */
export const withoutBios = (
  { vendor, product, biosVersion }: Pick<BiosSnapshot, 'vendor' | 'product' | 'biosVersion'>,
  why: string,
): BiosSnapshot => ({
  vendor,
  product,
  biosVersion,
  attributes: {},
  pending: {},
  registry: undefined,
  registryEvidence: why,
})
