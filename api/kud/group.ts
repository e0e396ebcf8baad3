/** The group of the node layer and add-ons of a cluster. */
export const kudGroup = 'kud.akraino.org'
export const kudVersion = 'v1alpha1'

/** Label of Nodes on which a Kata pod was seen to run; runtime classes select by it. */
export const kataRuntimeLabel = 'katacontainers.io/kata-runtime'

/** Keeps pods off a Node that declares Kata until it is proven. Nodes register with it. */
export const startUpTaint = { key: 'kud.akraino.org/kata-unproven', effect: 'NoSchedule' } as const

/** On Nodes: how the proof that it runs Kata ended last, as JSON. */
export const kataProofAnnotation = 'kud.akraino.org/kata-proof'
