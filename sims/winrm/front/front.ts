import { X509Certificate } from 'node:crypto';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSigned } from '../../faults/certificate';
import { Accounts, type FrontAccount } from './accounts';
import { Door, type Behind, type FrontStats } from './door';
import { Knobs } from './knobs';
import type { LoginPolicy } from './login';
import type { CbtHardening } from './ntlm/acceptor';
import type { Program } from './program';
import { ShellService, type ServiceLimits } from './service';

/** How the endpoint is set up. */
export interface FrontOptions {
  /** What runs when a client starts something. */
  readonly program: Program;
  readonly accounts: readonly FrontAccount[];
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** Ports; 0 takes a free one, null leaves the door out. Default: a free one for each. */
  readonly httpPort?: number | null;
  readonly httpsPort?: number | null;
  /** Key and certificate in PEM. Default: one of its own making for `localhost` and 127.0.0.1. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly policy?: Partial<LoginPolicy>;
  readonly limits?: Partial<ServiceLimits>;
  /** Default `Relaxed`: a channel binding that is sent must be right. */
  readonly cbtHardening?: CbtHardening;
  /** Default true: a client that is told the time must send the integrity code. */
  readonly requireMic?: boolean;
  /** Default true. */
  readonly sendTimestamp?: boolean;
}

/** A door that listens. */
export interface FrontDoor {
  readonly url: string;
  readonly port: number;
}

/** A WS-Man endpoint that runs in this process. */
export interface Front {
  readonly http?: FrontDoor;
  /** `ca` is PEM; `sha256` is the certificate's fingerprint, 64 hex digits. */
  readonly https?: FrontDoor & { readonly ca: string; readonly sha256: string };
  readonly service: ShellService;
  readonly knobs: Knobs;
  readonly stats: FrontStats;
  /** May be changed at any time. */
  readonly policy: LoginPolicy;
  readonly limits: ServiceLimits;
  /** Ends all shells and cuts all connections. */
  close(): Promise<void>;
}

const IDLE_CONNECTION_MS = 120_000;

/** Starts the endpoint on plain HTTP and on HTTPS, with the same shells behind both. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const policy: LoginPolicy = { basic: true, negotiate: true, allowUnencrypted: false, ...options.policy };
  const limits: ServiceLimits = {
    maxShellsPerUser: 30,
    maxProcessesPerShell: 25,
    idleTimeoutMs: 7_200_000,
    pieceBytes: 16_384,
    ...options.limits,
  };
  const stats: FrontStats = {
    connections: 0,
    requests: 0,
    unauthorized: 0,
    sealed: 0,
    served: {},
    accepted: { Basic: 0, Negotiate: 0 },
    refused: 0,
  };
  const shared = { service: new ShellService(options.program, limits), knobs: new Knobs(), stats, policy };
  const servers: Server[] = [];
  const listen = async (port: number, server: Server): Promise<number> => {
    servers.push(server);
    return listening(server, { port, host: options.host ?? '127.0.0.1' }, stats);
  };
  const http = await openHttp(options, shared, listen);
  const https = await openHttps(options, shared, listen);
  return {
    ...shared,
    limits,
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    close: async () => {
      for (const shell of shared.service.shells.all()) shared.service.shells.remove(shell);
      await Promise.all(servers.map(closed));
    },
  };
}

type Shared = Omit<Behind, 'login'>;
type Listen = (port: number, server: Server) => Promise<number>;

async function openHttp(options: FrontOptions, shared: Shared, listen: Listen): Promise<Front['http']> {
  const { httpPort = 0 } = options;
  if (httpPort === null) return undefined;
  const port = await listen(httpPort, createHttpServer(handler(options, shared)));
  return { port, url: `http://127.0.0.1:${port}/wsman` };
}

async function openHttps(options: FrontOptions, shared: Shared, listen: Listen): Promise<Front['https']> {
  const { httpsPort = 0 } = options;
  if (httpsPort === null) return undefined;
  const { key, cert } = options.tls ?? selfSigned();
  const certificate = new X509Certificate(cert);
  const port = await listen(httpsPort, createHttpsServer({ key, cert }, handler(options, shared, certificate.raw)));
  const sha256 = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
  return { port, url: `https://127.0.0.1:${port}/wsman`, ca: cert, sha256 };
}

function handler(options: FrontOptions, shared: Shared, certificate?: Buffer): RequestListener {
  const acceptor = {
    cbtHardening: options.cbtHardening ?? ('Relaxed' as const),
    requireMic: options.requireMic ?? true,
    sendTimestamp: options.sendTimestamp ?? true,
    ...(certificate === undefined ? {} : { certificate }),
  };
  const login = { accounts: new Accounts(options.accounts), policy: shared.policy, acceptor, counts: shared.stats };
  return new Door({ ...shared, login }).handle;
}

function listening(
  server: Server,
  place: { readonly port: number; readonly host: string },
  stats: FrontStats,
): Promise<number> {
  server.keepAliveTimeout = IDLE_CONNECTION_MS;
  server.requestTimeout = 0;
  server.on('connection', (socket) => {
    stats.connections += 1;
    socket.setNoDelay(true);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(place, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
