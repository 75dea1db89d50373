import { DcmError } from '@dcm/contracts';
import type { Broker, Log } from './broker';
import { InProcessBroker } from './in-process/in-process-broker';
import { RabbitBroker } from './rabbit/rabbit-broker';

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
 * Opens the broker behind a URL: `amqp://`, `amqps://`, or `inprocess://<user>@<name>`, of which there is one per name in this process.
 * Does not wait for a RabbitMQ that is away: it keeps trying; see `ready`.
 * @throws DcmError INVALID_REQUEST for any other URL.
 */
export function connectBroker(url: string, options: BrokerOptions): Promise<Broker> {
  return Promise.resolve().then(() => openBroker(parseUrl(url), options));
}

function openBroker(url: URL, { userId, tls = {}, confirmTimeoutMs, name, log }: BrokerOptions): Broker {
  const user = userId ?? decodeURIComponent(url.username);
  if (url.protocol === 'inprocess:') {
    return new InProcessBroker(url.hostname, {
      name,
      log,
      userId: user === '' ? name : user,
      confirmTimeoutMs: confirmTimeoutMs ?? 100,
    });
  }
  if (url.protocol !== 'amqp:' && url.protocol !== 'amqps:') throw badUrl(url.protocol);
  return new RabbitBroker(url.toString(), {
    name,
    log,
    tls,
    userId: user === '' ? 'guest' : user,
    confirmTimeoutMs: confirmTimeoutMs ?? 15_000,
  });
}

/** The URL itself may hold a password, so it is not told. */
function parseUrl(url: string): URL {
  if (!URL.canParse(url)) throw badUrl('something that is no URL');
  return new URL(url);
}

const badUrl = (what: string): DcmError =>
  new DcmError(
    'INVALID_REQUEST',
    `Unable to open the broker: expected a URL with amqp:, amqps: or inprocess:, got ${what}`,
  );
