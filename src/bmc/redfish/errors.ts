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
