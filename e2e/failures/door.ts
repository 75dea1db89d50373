import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'amqplib';
import { operationIdOf } from '@dcm/runtime';
import type { FailureStack } from './stack';

export type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly body: Json;
  /** How often the request was sent until somebody answered. */
  readonly sends: number;
}

const patienceMs = 120_000;
const pauseMs = 100;
const requestMs = 15_000;
const isPassing = (status: number): boolean => status >= 500 || status === 429;

/** The doors of the product, as a caller uses them who does not give up: the same request again under the same key until it is answered. */
export class Door {
  constructor(private readonly stack: FailureStack) {}

  /** @throws Error when nobody has answered for two minutes. */
  async http(method: string, path: string, body?: unknown, key?: string): Promise<Answer> {
    const until = performance.now() + patienceMs;
    for (let sends = 1; ; sends += 1) {
      const answer = await this.once(method, path, body, key).catch(() => undefined);
      if (answer !== undefined && !isPassing(answer.status)) return { ...answer, sends };
      if (performance.now() > until) {
        throw new Error(`nobody answers ${method} ${path}: ${answer === undefined ? 'no answer' : answer.status}`);
      }
      await delay(pauseMs);
    }
  }

  /** One try. @throws whatever fetch throws when there is no answer. */
  async once(method: string, path: string, body?: unknown, key?: string): Promise<Omit<Answer, 'sends'>> {
    const { gateway, token } = this.stack.file;
    const response = await fetch(gateway.url + path, {
      method,
      signal: AbortSignal.timeout(requestMs),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Json) };
  }

  /**
   * Publishes as another system does: until the broker confirms, under the same message id.
   * @returns the id of the operation that must come of it.
   */
  async publish(key: string, messageId: string, body: Json): Promise<string> {
    const url = this.stack.file.amqpUrl ?? '';
    const userId = decodeURIComponent(new URL(url).username);
    const until = performance.now() + patienceMs;
    for (;;) {
      try {
        await publishOnce(url, key, { messageId, userId, contentType: 'application/json', persistent: true }, body);
        return operationIdOf(userId, messageId);
      } catch (error) {
        if (performance.now() > until) throw error;
        await delay(pauseMs);
      }
    }
  }
}

async function publishOnce(
  url: string,
  key: string,
  properties: { messageId: string; userId: string; contentType: string; persistent: boolean },
  body: Json,
): Promise<void> {
  const connection = await connect(url, { timeout: 5_000 });
  connection.on('error', () => undefined); // what waits for the confirm reports it
  try {
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    channel.publish('dcm.requests', key, Buffer.from(JSON.stringify(body)), properties);
    await channel.waitForConfirms();
  } finally {
    await connection.close().catch(() => undefined);
  }
}
