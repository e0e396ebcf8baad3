import { type ErrorCode, type ErrorDetail, KatametalError } from '../../base/errors.js'

/** One message of `@Message.ExtendedInfo`. */
export interface RedfishMessage {
  /** The last dot component of the MessageId: registries and versions in front of it vary between firmware releases. */
  readonly key: string
  readonly message: string
  readonly args: readonly string[]
  /** JSON pointers with a leading slash, a leading `#` removed. */
  readonly relatedProperties: readonly string[]
  readonly severity: string | undefined
}

/** An answer of the service with an error status, together with what it said about it message by message. */
export class RedfishError extends KatametalError {
  readonly status: number
  readonly messages: readonly RedfishMessage[]

  constructor(code: ErrorCode, status: number, messages: readonly RedfishMessage[], detail: ErrorDetail = {}) {
    super(code, detail)
    this.status = status
    this.messages = messages
  }
}
