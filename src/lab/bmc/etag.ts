import { createHash } from 'node:crypto'
import type { Behaviour } from './behaviour.js'
import { type JsonObject, textAt, typeOfBody } from './json.js'
import type { BmcContext } from './context.js'
import { type BmcRequest, type Reply, refuse } from './reply.js'

/** Computes and checks entity tags (RFC 9110 section 8.8.3) in the manner of the service. */
export class Etags {
  readonly #context: Pick<BmcContext, 'tree' | 'behaviour'>
  readonly #known = new WeakMap<JsonObject, string>()

  constructor(context: Pick<BmcContext, 'tree' | 'behaviour'>) {
    this.#context = context
  }

  /** The tag of a resource as it is now; an unchanged resource of a captured tree keeps the tag it was captured with. */
  of(path: string, body: JsonObject): string | undefined {
    const captured = textAt(body, '@odata.etag')
    if (captured !== undefined && !this.#context.tree.isChanged(path)) return captured
    const style = this.#styleOf(body)
    if (style === 'none') return undefined
    const known = this.#known.get(body)
    if (known !== undefined) return known
    const tag = tagOf(body, style)
    this.#known.set(body, tag)
    return tag
  }

  #showsTag(body: JsonObject): boolean {
    if (typeOfBody(body) === 'ManagerAccount') return true
    return this.#context.behaviour.etagInBody && '@odata.id' in body
  }

  #styleOf(body: JsonObject): Behaviour['etag'] {
    const { etag } = this.#context.behaviour
    return etag === 'none' && typeOfBody(body) === 'ManagerAccount' ? 'strong' : etag
  }

  /** The body with its own tag in it, where the service shows one. */
  stamped(path: string, body: JsonObject): JsonObject {
    const tag = this.of(path, body)
    const shown = '@odata.etag' in body || this.#showsTag(body)
    return tag === undefined || !shown ? body : { ...body, '@odata.etag': tag }
  }

  /** Accounts are changed atomically wherever they have tags (DSP0266 section 13.3.7). */
  #ifMatchFor(body: JsonObject): Behaviour['ifMatch'] {
    const { ifMatch } = this.#context.behaviour
    return ifMatch === 'ignored' && typeOfBody(body) === 'ManagerAccount' ? 'checked' : ifMatch
  }

  /** Why a write must not be done, or nothing. */
  check(request: BmcRequest, body: JsonObject): Reply | undefined {
    const ifMatch = this.#ifMatchFor(body)
    const tag = this.of(request.path, body)
    const given = request.headers['if-match']
    if (ifMatch === 'ignored' || tag === undefined) return undefined
    if (given === undefined)
      return ifMatch === 'required'
        ? refuse(428, 'PreconditionRequired', 'The header If-Match is needed to change this resource.')
        : undefined
    return given === '*' || given === tag
      ? undefined
      : refuse(412, 'PreconditionFailed', 'The resource is not the one that If-Match names.')
  }
}

const tagOf = (body: JsonObject, style: Behaviour['etag']): string => {
  const hash = createHash('sha1').update(JSON.stringify(body)).digest('hex')
  return style === 'weak' ? `W/"${hash.slice(0, 8).toUpperCase()}"` : `"${hash.slice(0, 32)}"`
}
