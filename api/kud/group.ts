/** The group of the node layer and add-ons of a cluster. */
export const kudGroup = 'kud.akraino.org'
export const kudVersion = 'v1alpha1'
