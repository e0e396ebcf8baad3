import type { BmcContext } from '../context.js'
import { type JsonObject, listAt, objectAt, textAt } from '../json.js'
import { type BmcRequest, type Reply, refuse } from '../reply.js'
import { normalPath, type TreeEntry } from '../resource-tree.js'

const insertAction = '#VirtualMedia.InsertMedia'
const ejectAction = '#VirtualMedia.EjectMedia'

/**
 * Virtual media slots (VirtualMedia.v1). What is in a slot is known here; what the resource shows may lag behind it,
 * as it does on real BMCs.
 */
export class MediaSlots {
  readonly #context: BmcContext
  readonly #images = new Map<string, string>()
  /** Slots that show EjectMedia only while something is inserted. */
  readonly #lateEject = new Set<string>()
  #ejectsFailed = 0

  constructor(context: BmcContext) {
    this.#context = context
    for (const path of context.parts.media) {
      const body = context.tree.body(path)
      const actions = objectAt(body, 'Actions')
      if (actions[insertAction] !== undefined && actions[ejectAction] === undefined)
        this.#lateEject.add(normalPath(path))
      const image = textAt(body, 'Image')
      if (body?.['Inserted'] === true && image !== undefined) this.#images.set(normalPath(path), image)
    }
  }

  /** VirtualMedia.InsertMedia; the image is fetched only when the server boots from it. */
  insert(slot: TreeEntry, { body = {} }: BmcRequest): Reply {
    const image = textAt(body, 'Image')
    if (image === undefined || image === '')
      return refuse(400, 'ActionParameterMissing', 'InsertMedia needs the parameter Image.', ['#/Image'])
    const { behaviour } = this.#context
    const missing = behaviour.insertNeeds.find(name => !(name in body))
    if (missing !== undefined)
      return refuse(400, 'ActionParameterMissing', `InsertMedia needs the parameter ${missing}.`, [`#/${missing}`])
    if (behaviour.consoleSlots.ids.includes(textAt(slot.body, 'Id') ?? ''))
      return behaviour.consoleSlots.answer === 'ignored'
        ? { status: 204 }
        : refuse(400, 'GeneralError', 'This slot belongs to the remote console.')
    const surplus = Object.keys(body).find(name => name !== 'Image')
    if (this.#context.behaviour.insertOnlyImage && surplus !== undefined)
      return refuse(400, 'ActionParameterNotSupported', `InsertMedia does not take ${surplus}.`, [`#/${surplus}`])
    if (this.#images.has(normalPath(slot.path)))
      return refuse(400, 'ResourceInUse', 'There is an image in this slot already.')
    if (!/^(https?|nfs|cifs|smb):\/\//.test(image))
      return refuse(400, 'ActionParameterValueFormatError', 'Image is not a URI that can be used here.', ['#/Image'])
    this.#putIn(slot.path, image, body['WriteProtected'] !== false)
    return { status: 204 }
  }

  /** VirtualMedia.EjectMedia. */
  eject(slot: TreeEntry, request: BmcRequest): Reply {
    const { behaviour } = this.#context
    if (behaviour.ejectNeedsBody && request.body === undefined)
      return refuse(400, 'MalformedJSON', 'EjectMedia needs a body, even an empty object.')
    if (behaviour.ejectEmptyFails && !this.#images.has(normalPath(slot.path)))
      return refuse(400, 'MediaNotInserted', 'There is nothing in this slot.')
    if (this.#images.has(normalPath(slot.path)) && this.#ejectsFailed < behaviour.ejectFailures) {
      this.#ejectsFailed++
      return refuse(500, 'InternalError', 'The medium is in use for a moment.')
    }
    this.#takeOut(slot.path)
    return { status: 204 }
  }

  /** PATCH of slots that have no actions: Image puts in, Image null or Inserted false takes out. */
  patch(slot: TreeEntry, wanted: JsonObject): Reply {
    if (objectAt(slot.body, 'Actions')[insertAction] !== undefined)
      return refuse(400, 'PropertyNotWritable', 'Use the actions of this slot.', ['#/Image'])
    const { Image: image, Inserted: inserted } = wanted
    if (typeof image === 'string' && image !== '' && inserted !== false)
      this.#putIn(slot.path, image, wanted['WriteProtected'] !== false)
    else if (image === null || image === '' || inserted === false) this.#takeOut(slot.path)
    else return refuse(400, 'PropertyMissing', 'Image is missing.', ['#/Image'])
    return { status: 200, body: this.#context.tree.body(slot.path) ?? {} }
  }

  /** The image in the first slot that can hold a CD. */
  get cdImage(): string | undefined {
    const { tree, parts } = this.#context
    const filled = parts.media.find(path => this.#images.has(normalPath(path)) && holdsCd(tree.body(path)))
    return filled === undefined ? undefined : this.#images.get(normalPath(filled))
  }

  #putIn(path: string, image: string, writeProtected: boolean): void {
    this.#images.set(normalPath(path), image)
    this.#context.tree.update(path, body => ({
      ...body,
      Image: image,
      ImageName: image.split('/').pop() ?? '',
      Inserted: true,
      ConnectedVia: 'URI',
      WriteProtected: writeProtected,
      ...(this.#lateEject.has(normalPath(path)) ? { Actions: withEject(body, path) } : {}),
    }))
    this.#context.journal.note('insert media')
  }

  #takeOut(path: string): void {
    const { journal, behaviour, after } = this.#context
    this.#images.delete(normalPath(path))
    journal.note('eject media')
    if (behaviour.staleInsertedMs === 0) this.#showEmpty(path)
    else after(behaviour.staleInsertedMs, () => this.#showEmpty(path))
  }

  #showEmpty(path: string): void {
    if (this.#images.has(normalPath(path))) return
    this.#context.tree.update(path, body => ({
      ...body,
      Image: null,
      ImageName: null,
      Inserted: false,
      ConnectedVia: 'NotConnected',
      ...(this.#lateEject.has(normalPath(path)) ? { Actions: withoutEject(body) } : {}),
    }))
  }
}

const withEject = (body: JsonObject, path: string): JsonObject => ({
  ...objectAt(body, 'Actions'),
  [ejectAction]: { target: `${path}/Actions/VirtualMedia.EjectMedia` },
})

const withoutEject = (body: JsonObject): JsonObject => {
  const { [ejectAction]: _, ...others } = objectAt(body, 'Actions')
  return others
}

/** Whether a slot takes CDs; a slot that lists no types takes anything. */
export const holdsCd = (slot: JsonObject | undefined): boolean => {
  const types = listAt(slot, 'MediaTypes')
  return types.length === 0 || types.includes('CD') || types.includes('DVD')
}
