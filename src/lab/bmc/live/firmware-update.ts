import { rfc3339 } from '../../../base/clock.js'
import type { BmcContext } from '../context.js'
import { type JsonObject, listAt, objectAt, textAt } from '../json.js'
import { type BmcRequest, type Reply, refuse } from '../reply.js'
import type { TreeEntry } from '../resource-tree.js'

/**
 * UpdateService.SimpleUpdate. The simulated server has no flash: a well-formed update becomes a task that runs for a
 * while and ends in `Exception`, as it does on a real BMC that is given an image of another machine. Nothing is fetched.
 */
export class FirmwareUpdate {
  readonly #context: BmcContext
  #count = 0

  constructor(context: BmcContext) {
    this.#context = context
  }

  start(service: TreeEntry, { body = {} }: BmcRequest): Reply {
    const image = textAt(body, 'ImageURI')
    if (image === undefined || image === '')
      return refuse(400, 'ActionParameterMissing', 'SimpleUpdate needs the parameter ImageURI.', ['#/ImageURI'])
    const protocol = textAt(body, 'TransferProtocol') ?? image.split(':')[0]?.toUpperCase()
    if (!protocolsOf(service.body).includes(protocol ?? ''))
      return refuse(400, 'ActionParameterNotSupported', 'This transfer protocol is not offered.', [
        '#/TransferProtocol',
      ])
    const { parts, tree, after, timings, journal } = this.#context
    const path = `${parts.tasks ?? '/redfish/v1/TaskService/Tasks'}/update-${++this.#count}`
    journal.note('firmware update started')
    tree.put(path, this.#task(path, 'Running'))
    if (parts.tasks !== undefined) tree.changeMembers(parts.tasks, { add: path })
    after(timings.firmwareUpdate, () => {
      journal.note('firmware update failed')
      tree.put(path, this.#task(path, 'Exception'))
    })
    return { status: 202, headers: { Location: path }, body: tree.body(path) ?? {} }
  }

  #task(path: string, state: 'Running' | 'Exception'): JsonObject {
    const running = state === 'Running'
    return {
      '@odata.id': path,
      '@odata.type': '#Task.v1_4_3.Task',
      Id: path.slice(path.lastIndexOf('/') + 1),
      Name: 'Firmware update',
      TaskState: state,
      TaskStatus: running ? 'OK' : 'Critical',
      PercentComplete: running ? 0 : 100,
      StartTime: rfc3339(this.#context.clock.now()),
      Messages: running
        ? []
        : [
            {
              MessageId: 'Update.1.0.ApplyFailed',
              Message: 'The image is not one for this server.',
              MessageArgs: [],
              Severity: 'Critical',
            },
          ],
    }
  }
}

const protocolsOf = (service: JsonObject | undefined): unknown[] =>
  listAt(
    objectAt(objectAt(service, 'Actions'), '#UpdateService.SimpleUpdate'),
    'TransferProtocol@Redfish.AllowableValues',
  )
