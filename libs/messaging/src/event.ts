import { cloudEventContentType } from '@dcm/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { Broker, OutgoingMessage } from './broker';
import { publishAll, type PublishAllOptions } from './publish-all';

/** The data of an event that is JSON text already: it is not read and written once more. */
export class JsonText {
  constructor(readonly text: string) {}
}

/** What a CloudEvent is made from. */
export interface EventDraft {
  readonly exchange: string;
  readonly routingKey: string;
  readonly type: string;
  /** Who says it: `/dcm/<process>`. */
  readonly source: string;
  /** UUID v7 when absent. */
  readonly id?: string;
  readonly subject?: string;
  /** A value, or a `JsonText`. */
  readonly data: unknown;
  readonly traceparent?: string | undefined;
  /** Further CloudEvents attributes, lower-case letters and digits, e.g. `dcmrequester`. */
  readonly extensions?: Readonly<Record<string, string>>;
  readonly mandatory?: boolean;
  readonly expirationMs?: number;
}

/** Writes a CloudEvent in structured JSON mode. */
export function toMessage(draft: EventDraft): OutgoingMessage {
  const { exchange, routingKey, type, source, subject, data, traceparent, extensions } = draft;
  const id = draft.id ?? uuidv7();
  const time = new Date().toISOString();
  const attributes = {
    ...extensions,
    specversion: '1.0',
    id,
    source,
    type,
    subject,
    time,
    datacontenttype: 'application/json',
    traceparent,
  };
  return {
    id,
    exchange,
    routingKey,
    type,
    body: Buffer.from(bodyOf(attributes, data)),
    contentType: cloudEventContentType,
    ...(draft.mandatory !== undefined && { mandatory: draft.mandatory }),
    ...(draft.expirationMs !== undefined && { expirationMs: draft.expirationMs }),
  };
}

const bodyOf = (attributes: object, data: unknown): string =>
  data instanceof JsonText
    ? `${JSON.stringify(attributes).slice(0, -1)},"data":${data.text}}`
    : JSON.stringify({ ...attributes, data });

/**
 * Publishes events and waits until each is confirmed.
 * @returns their ids.
 * @throws DcmError UNAVAILABLE when that took too long: publish again under the same ids.
 */
export async function publishEvents(
  broker: Broker,
  drafts: readonly EventDraft[],
  options?: PublishAllOptions,
): Promise<string[]> {
  const messages = drafts.map(toMessage);
  await publishAll(broker, messages, options);
  return messages.map((message) => message.id);
}
