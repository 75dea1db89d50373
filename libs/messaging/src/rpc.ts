import { DcmError, replySchema } from '@dcm/contracts';
import type { Broker, InboundMessage } from './broker';
import { toMessage, type EventDraft } from './event';

export interface RpcCall extends Omit<EventDraft, 'source' | 'mandatory' | 'expirationMs'> {
  /** Default `/dcm/<process>`. */
  readonly source?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Asks and waits for the answer. The call dies with the caller's patience: it expires in its queue.
 * @returns the answer's value, unvalidated.
 * @throws DcmError as answered; UNAVAILABLE when nobody answered: the call may have been carried out, so repeat it under the same `id`.
 */
export async function rpc(broker: Broker, call: RpcCall): Promise<unknown> {
  const { timeoutMs, signal, ...draft } = call;
  const message = toMessage({ source: `/dcm/${broker.name}`, ...draft, mandatory: true, expirationMs: timeoutMs });
  const answer = await broker.request(message, signal === undefined ? { timeoutMs } : { timeoutMs, signal });
  const reply = readReply(answer, call);
  if (reply.ok) return reply.value;
  throw new DcmError(
    reply.error.code,
    reply.error.message,
    reply.error.details === undefined ? {} : { details: reply.error.details },
  );
}

function readReply(answer: InboundMessage, call: RpcCall): ReturnType<typeof replySchema.parse> {
  try {
    return replySchema.parse(JSON.parse(answer.body.toString('utf8')));
  } catch (cause) {
    throw new DcmError('INTERNAL', `Unable to read the answer to ${call.type} on ${call.exchange} ${call.routingKey}`, {
      cause,
    });
  }
}
