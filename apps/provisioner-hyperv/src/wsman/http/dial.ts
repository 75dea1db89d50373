import type { RequestOptions } from 'node:https';
import { connect, isIP, type Socket } from 'node:net';
import { TLSSocket, type PeerCertificate } from 'node:tls';
import { ConnectionOptionError, createAgent } from '@dcm/connection';
import type { ServerTrust } from '../api';
import { WsmanError } from '../wsman.errors';

const CONNECT_TIMEOUT_MS = 15_000;

/** Opens connections to one server; on TLS only such as have proved who they are. */
export type Dialer = (signal: AbortSignal) => Promise<Socket>;

/**
 * Makes the dialer of an address.
 * @throws WsmanError INVALID_OPTION when the trust cannot be used.
 */
export function dialer(url: URL, trust: ServerTrust): Dialer {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port);
  if (url.protocol === 'http:') {
    return (signal) =>
      established(url, signal, (done) => {
        plainSocket(host, port, done);
      });
  }
  const agent = tlsAgent(url, trust);
  const options: RequestOptions = { host, port, servername: isIP(host) === 0 ? host : '' };
  return (signal) => established(url, signal, (done) => void agent.createConnection(options, done));
}

type Done = (error: Error | null, socket: unknown) => void;

function plainSocket(host: string, port: number, done: Done): void {
  const socket = connect({ host, port, noDelay: true });
  const timer = setTimeout(
    () => socket.destroy(Object.assign(new Error('TIMEOUT'), { code: 'TIMEOUT' })),
    CONNECT_TIMEOUT_MS,
  );
  socket.once('close', () => {
    clearTimeout(timer);
  });
  socket.on('error', (error) => {
    done(error, socket);
  });
  socket.once('connect', () => {
    clearTimeout(timer);
    done(null, socket);
  });
}

function tlsAgent(url: URL, trust: ServerTrust): ReturnType<typeof createAgent> {
  try {
    return createAgent(url, trust, { maxSockets: 1 });
  } catch (error) {
    if (!(error instanceof ConnectionOptionError)) throw error;
    throw new WsmanError('INVALID_OPTION', error.message);
  }
}

function established(url: URL, signal: AbortSignal, open: (done: Done) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      reject(new WsmanError('ABORTED', `Gave up connecting to ${url.host}`, { cause: signal.reason }));
    };
    if (signal.aborted) {
      giveUp();
      return;
    }
    signal.addEventListener('abort', giveUp, { once: true });
    open((error, socket) => {
      signal.removeEventListener('abort', giveUp);
      if (error !== null) reject(dialError(url, error));
      else if (signal.aborted) (socket as Socket).destroy();
      else resolve(socket as Socket);
    });
  });
}

/** Codes of Node and OpenSSL that speak of the certificate or of TLS itself. */
const TLS_CODE = /^(?:ERR_(?:TLS|SSL)_|CERT_|CRL_|TLS_|EPROTO$|UNABLE_TO_|HOSTNAME_)|SELF_SIGNED|INVALID_CA|_CERT/;

function dialError(url: URL, cause: Error): WsmanError {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown';
  const [kind, what] = TLS_CODE.test(code)
    ? (['TLS_REFUSED', 'trust the certificate of'] as const)
    : (['UNREACHABLE', 'connect to'] as const);
  return new WsmanError(kind, `Unable to ${what} ${url.host}: ${code}`, { cause });
}

/** The server's certificate (DER) on a TLS connection. On Node 20 `getPeerX509Certificate` would answer only once. */
export function certificateOf(socket: Socket): Buffer | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const certificate: Partial<PeerCertificate> = socket.getPeerCertificate();
  return certificate.raw;
}
