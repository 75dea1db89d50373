/** A message as handlers see it, whatever form it came in: CloudEvent, plain JSON or a Nest envelope. */
export interface DcmMessage<T = unknown> {
  /** The publisher's id; publishing again under the same id is a retry. A call without one gets one. */
  readonly id: string;
  /** Absent in plain JSON without the AMQP property `type`: the routing key then says what it is. */
  readonly type: string | undefined;
  readonly source: string | undefined;
  readonly subject: string | undefined;
  /** ISO 8601, from the publisher's clock. */
  readonly time: string | undefined;
  /** Unvalidated: parse it with its schema. */
  readonly data: T;
  /** Validated by the broker; absent when the publisher did not state it. */
  readonly userId: string | undefined;
  readonly exchange: string;
  readonly routingKey: string;
  readonly queue: string;
  /** W3C trace context. */
  readonly traceparent: string | undefined;
  /** Further CloudEvents attributes, e.g. `dcmrequester`. */
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly redelivered: boolean;
  readonly replyTo: string | undefined;
  /** SHA-256 (hex) of `data` as canonical JSON, see `sha256OfJson`. */
  readonly dataSha256: string;
}
