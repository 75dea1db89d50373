import { cloudEventContentType, cloudEventSchema, DcmError, parseOrThrow } from '@dcm/contracts';
import { v7 as uuidv7 } from 'uuid';
import type { InboundMessage } from '../broker';
import { refuseDeep, sha256OfJson } from '@dcm/runtime';
import type { DcmMessage } from './dcm-message';

/** What the decoder is told about the place a message arrived at. */
export interface DecodeRules {
  readonly queue: string;
  /** A call is answered, not remembered: it may come without an id. */
  readonly isCall: boolean;
  readonly maxBodyBytes: number;
}

type Content = Pick<DcmMessage, 'type' | 'source' | 'subject' | 'time' | 'data' | 'traceparent' | 'extensions'> & {
  id: string | undefined;
};

/**
 * Reads a message in any of the accepted forms.
 * @throws DcmError INVALID_REQUEST, PAYLOAD_TOO_LARGE or UNSUPPORTED_MEDIA_TYPE: it can never be read.
 */
export function decodeMessage(message: InboundMessage, rules: DecodeRules): DcmMessage {
  const { id, ...content } = contentOf(message, readJson(message, rules));
  refuseDeep(content.data);
  return {
    ...content,
    id: id ?? idOfCall(message, rules),
    userId: message.userId,
    exchange: message.exchange,
    routingKey: message.routingKey,
    queue: rules.queue,
    redelivered: message.redelivered,
    replyTo: message.replyTo,
    // Few handlers want it, and it costs more than reading the message.
    get dataSha256() {
      return sha256OfJson(content.data);
    },
  };
}

function idOfCall(message: InboundMessage, { isCall }: DecodeRules): string {
  if (!isCall)
    throw new DcmError(
      'INVALID_REQUEST',
      'Unable to accept the message: it has no id; set the AMQP property message_id',
    );
  return message.correlationId ?? uuidv7();
}

function readJson(message: InboundMessage, { maxBodyBytes }: DecodeRules): unknown {
  if (message.body.length > maxBodyBytes) {
    throw new DcmError(
      'PAYLOAD_TOO_LARGE',
      `Unable to read the message: ${message.body.length} bytes, at most ${maxBodyBytes} are accepted`,
    );
  }
  if (!isJson(message.contentType)) {
    throw new DcmError(
      'UNSUPPORTED_MEDIA_TYPE',
      'Unable to read the message: the content type is neither application/json nor application/cloudevents+json',
    );
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(message.body));
  } catch (cause) {
    throw new DcmError('INVALID_REQUEST', 'Unable to read the message: the body is not JSON in UTF-8', { cause });
  }
}

const mediaTypeOf = (contentType: string | undefined): string =>
  (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

const isJson = (contentType: string | undefined): boolean => {
  const mediaType = mediaTypeOf(contentType);
  return mediaType === '' || mediaType === 'application/json' || mediaType.endsWith('+json');
};

function contentOf(message: InboundMessage, json: unknown): Content {
  if (mediaTypeOf(message.contentType) === cloudEventContentType || hasKeys(json, ['specversion']))
    return ofCloudEvent(json);
  const plain = { source: message.appId ?? message.userId, subject: undefined, time: message.sentAt, extensions: {} };
  const traceparent = validTraceparent(message.headers['traceparent']);
  if (hasKeys(json, ['pattern', 'data'], ['pattern', 'data', 'id', 'options'])) {
    return {
      ...plain,
      traceparent,
      id: message.id ?? textOf(json['id']),
      type: message.type ?? textOf(json['pattern']),
      data: json['data'],
    };
  }
  return { ...plain, traceparent, id: message.id, type: message.type, data: json };
}

/** @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
function ofCloudEvent(json: unknown): Content {
  const event = parseOrThrow(cloudEventSchema, json, 'CloudEvent');
  const { id, type, source, subject, time, data, traceparent, datacontenttype, ...others } = event;
  const extensions = Object.fromEntries(Object.entries(others).filter(([name]) => name !== 'specversion'));
  if (Object.hasOwn(others, 'data_base64') || (datacontenttype !== undefined && !isJson(datacontenttype))) {
    throw new DcmError('UNSUPPORTED_MEDIA_TYPE', 'Unable to read the CloudEvent: its data is not JSON', {
      details: [{ pointer: '/datacontenttype', message: 'must be application/json' }],
    });
  }
  return { id, type, source, subject, time, data, traceparent: validTraceparent(traceparent), extensions };
}

function hasKeys(
  json: unknown,
  needed: readonly string[],
  allowed?: readonly string[],
): json is Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return false;
  return (
    needed.every((key) => Object.hasOwn(json, key)) &&
    (allowed === undefined || Object.keys(json).every((key) => allowed.includes(key)))
  );
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Anything else is dropped, not refused: tracing never stops work. @see https://www.w3.org/TR/trace-context/#traceparent-header */
const validTraceparent = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}/.test(value) ? value : undefined;
