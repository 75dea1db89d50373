import { Agent as HttpAgent, type AgentOptions as NodeAgentOptions } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect, createSecureContext, type ConnectionOptions, type PeerCertificate, type TLSSocket } from 'node:tls';
import type { SiteTls } from '@dcm/contracts';

/** How the server proves who it is; with neither, Node's own list of authorities counts. */
export interface TlsTrust {
  /** PEM certificates of the authorities (or of the server itself) to believe; the host name is checked too. */
  readonly ca?: string;
  /** SHA-256 fingerprint of the server's certificate, 64 hex digits, colons allowed. Replaces every other check. */
  readonly pinSha256?: string;
}

/** How many connections one client may have, and how long it keeps one that nobody uses. */
export interface AgentOptions {
  /** Connections at most, per client. */
  readonly maxSockets: number;
  /** How long an idle connection is kept for the next call; 0: each call gets a fresh one. Default 15,000. */
  readonly idleMs?: number;
  /** How long a new connection may take until its certificate is accepted. Default 15,000. */
  readonly connectTimeoutMs?: number;
}

/** An address or a trust that cannot be used; nothing was sent. Names the place, never the value. */
export class ConnectionOptionError extends Error {
  override readonly name = 'ConnectionOptionError';

  /** @param path which option, such as `pinSha256` @param problem what is wrong there */
  constructor(
    readonly path: string,
    problem: string,
  ) {
    super(`Unable to use ${path}: ${problem}`);
  }
}

const PIN = /^(?:[0-9a-f]{64}|(?:[0-9a-f]{2}:){31}[0-9a-f]{2})$/i;
const HANDSHAKE_TIMEOUT_MS = 15_000;
const IDLE_SOCKET_MS = 15_000;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** How a site's configuration says that its server is to be believed. */
export function trustOf(tls: SiteTls): TlsTrust {
  if (tls.kind === 'ca') return { ca: tls.pem };
  return tls.kind === 'pin' ? { pinSha256: tls.sha256 } : {};
}

/**
 * Makes the agent whose connections one client shares.
 * @throws ConnectionOptionError when a pin is malformed, both a pin and a CA are given, or plain HTTP would leave the machine.
 */
export function createAgent(
  url: URL,
  trust: TlsTrust,
  { maxSockets, idleMs = IDLE_SOCKET_MS, connectTimeoutMs = HANDSHAKE_TIMEOUT_MS }: AgentOptions,
): HttpAgent {
  const options: NodeAgentOptions = idleMs > 0 ? { keepAlive: true, maxSockets, timeout: idleMs } : { maxSockets };
  if (url.protocol === 'https:') return new VerifyingAgent(options, { ...verification(trust), connectTimeoutMs });
  if (url.protocol === 'http:' && LOOPBACK.has(url.hostname)) return new HttpAgent(options);
  throw new ConnectionOptionError(
    'url',
    'it must begin with https://, so that the password is never sent in the clear',
  );
}

interface Verification {
  readonly connection: ConnectionOptions;
  readonly pin?: string;
  readonly connectTimeoutMs: number;
}

function verification({ ca, pinSha256 }: TlsTrust): Omit<Verification, 'connectTimeoutMs'> {
  if (pinSha256 === undefined) {
    // Once for all connections: reading the authorities costs as much as a handshake.
    return { connection: { secureContext: createSecureContext({ ca, allowPartialTrustChain: ca !== undefined }) } };
  }
  if (ca !== undefined) throw new ConnectionOptionError('pinSha256', 'give either it or a CA, not both');
  if (!PIN.test(pinSha256))
    throw new ConnectionOptionError('pinSha256', 'it must be 64 hex digits, with or without colons');
  return {
    connection: { secureContext: createSecureContext(), rejectUnauthorized: false },
    pin: normalised(pinSha256),
  };
}

/** Hands a socket over only after its certificate was accepted: until then not one byte of a request can be written. */
class VerifyingAgent extends HttpsAgent {
  private readonly unverified = new Set<TLSSocket>();

  constructor(
    options: NodeAgentOptions,
    private readonly verification: Verification,
  ) {
    super(options);
  }

  /** Node's agent calls this for every new connection; of the answers to the callback it takes the first. */
  override createConnection(options: RequestOptions, done?: (error: Error | null, socket: Duplex) => void): undefined {
    const { servername, ...rest } = options as ConnectionOptions;
    const named = servername === undefined || servername === '' ? rest : { ...rest, servername };
    const socket = connect({ ...named, ...this.verification.connection });
    const timer = setTimeout(() => socket.destroy(withCode('TIMEOUT')), this.verification.connectTimeoutMs);
    this.unverified.add(socket);
    socket.on('error', (error: Error) => done?.(error, socket));
    socket.once('close', () => {
      clearTimeout(timer);
      this.unverified.delete(socket);
    });
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      this.unverified.delete(socket);
      if (this.accepts(socket)) done?.(null, socket);
      else socket.destroy(withCode('TLS_PIN_MISMATCH'));
    });
  }

  /** Closes the connections, also those that are still being verified. */
  override destroy(): void {
    for (const socket of this.unverified) socket.destroy(withCode('CLIENT_CLOSED'));
    super.destroy();
  }

  /** Not by `getPeerX509Certificate`: on Node 20 its first call takes the certificate away from those who ask later. */
  private accepts(socket: TLSSocket): boolean {
    const { pin } = this.verification;
    if (pin === undefined) return true;
    const certificate: Partial<PeerCertificate> = socket.getPeerCertificate();
    return normalised(certificate.fingerprint256 ?? '') === pin;
  }
}

function normalised(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}
