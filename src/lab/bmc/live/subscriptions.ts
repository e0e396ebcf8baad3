import type { BmcContext } from '../context.js'
import { type JsonObject, linksAt, textAt } from '../json.js'
import type { MemberService } from '../member-service.js'
import type { BmcRequest, Message, Reply } from '../reply.js'
import { normalPath } from '../resource-tree.js'

/** Event subscriptions (EventDestination.v1). They are kept and shown; the simulator connects to nobody. */
export class Subscriptions implements MemberService {
  readonly #context: BmcContext
  #count = 0

  constructor(context: BmcContext) {
    this.#context = context
  }

  isCollection(path: string): boolean {
    const { subscriptions } = this.#context.parts
    return subscriptions !== undefined && normalPath(subscriptions) === normalPath(path)
  }

  create({ body = {} }: BmcRequest): Reply {
    const { tree, parts, behaviour } = this.#context
    const problems = problemsOf(body, behaviour.subscriptionsRefuse)
    if (problems.length > 0) return { status: 400, messages: problems }
    const collection = (parts.subscriptions ?? '').replace(/\/$/, '')
    const path = `${collection}/${this.#freeId(collection)}`
    tree.put(path, subscription(path, body))
    tree.changeMembers(collection, { add: path })
    return { status: 201, headers: { Location: path }, body: tree.body(path) ?? {} }
  }

  removes(path: string): boolean {
    const members = linksAt(this.#context.tree.body(this.#context.parts.subscriptions ?? ''), 'Members')
    return members.some(member => normalPath(member) === normalPath(path))
  }

  delete(path: string): Reply {
    this.#context.tree.remove(path)
    this.#context.tree.changeMembers(this.#context.parts.subscriptions ?? '', { remove: path })
    return { status: 204 }
  }

  #freeId(collection: string): string {
    do this.#count += 1
    while (this.#context.tree.get(`${collection}/${this.#count}`) !== undefined)
    return String(this.#count)
  }
}

const problemsOf = (body: JsonObject, refused: readonly string[]): Message[] => {
  const destination = textAt(body, 'Destination')
  return [
    ...(destination === undefined ? [about('PropertyMissing', 'Destination', 'is needed')] : []),
    ...(destination !== undefined && !/^https?:\/\//.test(destination)
      ? [about('PropertyValueFormatError', 'Destination', 'is not a URL that events can be sent to')]
      : []),
    ...(body['Protocol'] !== 'Redfish' ? [about('PropertyValueNotInList', 'Protocol', 'is not Redfish')] : []),
    ...refused.filter(name => name in body).map(name => about('PropertyUnknown', name, 'is not known here')),
  ]
}

const about = (id: string, name: string, why: string): Message => ({
  id,
  text: `${name} ${why}.`,
  related: [`#/${name}`],
  args: [name],
})

const kept = ['Context', 'EventTypes', 'RegistryPrefixes', 'ResourceTypes', 'DeliveryRetryPolicy'] as const

const subscription = (path: string, body: JsonObject): JsonObject => ({
  '@odata.id': path,
  '@odata.type': '#EventDestination.v1_8_0.EventDestination',
  Id: path.slice(path.lastIndexOf('/') + 1),
  Name: 'Event subscription',
  Destination: body['Destination'] ?? '',
  Protocol: 'Redfish',
  SubscriptionType: 'RedfishEvent',
  EventFormatType: 'Event',
  Context: '',
  ...Object.fromEntries(kept.flatMap(name => (body[name] === undefined ? [] : [[name, body[name]]]))),
})
