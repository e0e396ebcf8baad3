/** The form in which a client wants objects. */
export type Shape = 'objects' | 'table' | 'metadata'

/** The first form of an Accept header that can be served: plain JSON, meta.k8s.io Table or PartialObjectMetadata. */
export const acceptedShape = (header: string | undefined): Shape => {
  for (const entry of (header ?? '').split(',')) {
    const [type = '', ...parameters] = entry.split(';').map(part => part.trim())
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue
    const as = parameters.find(parameter => parameter.startsWith('as='))?.slice(3)
    if (as === undefined) return 'objects'
    if (as === 'Table') return 'table'
    if (as.startsWith('PartialObjectMetadata')) return 'metadata'
  }
  return 'objects'
}
