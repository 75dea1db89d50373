/** A message as it was dead-lettered, complete: enough to handle it again under the same identity. */
export interface StoredMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly type: string | null;
  readonly messageId: string | null;
  readonly contentType: string | null;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The broker-validated user that published it first. */
  readonly userId: string | null;
  readonly body: Buffer;
}
