import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { NodeCertificate } from '../certificates/authority';
import type { Cluster } from '../cluster/cluster';
import type { ClusterNode } from '../cluster/node';
import type { Faults } from '../faults/faults';
import { refusal, send } from './answer';
import { takeBody } from './body';
import type { Gateway } from './gateway';
import { answerUpgrade } from './websocket';

const MAX_REQUESTS_PER_CONNECTION = 100;
const MAX_HEADER_BYTES = 8 * 1024;
const MAX_HEADERS = 64;

/** What a node server works with. */
export interface NodeServerOptions {
  readonly cluster: Cluster;
  readonly node: ClusterNode;
  readonly gateway: Gateway;
  readonly faults: Faults;
  readonly certificate: NodeCertificate;
}

/** The HTTPS server of one node. */
export class NodeServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #served = new WeakMap<Socket, number>();

  constructor(private readonly options: NodeServerOptions) {
    const { certificate, cluster } = options;
    this.#server = createServer(
      { key: certificate.key, cert: certificate.cert, maxHeaderSize: MAX_HEADER_BYTES },
      (request, response) => {
        void this.#serve(request, response);
      },
    );
    this.#server.keepAliveTimeout = cluster.options.keepAliveMs;
    this.#server.maxHeadersCount = MAX_HEADERS;
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      void this.options.gateway.answer({ request, node: this.options.node, body: '' }).then((answer) => {
        answerUpgrade(request, socket, answer);
      });
    });
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /** Listens and returns the port. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, this.options.cluster.options.host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Stops listening and cuts every connection. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    this.cut();
    await closed;
  }

  /** Cuts every connection that is open. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { gateway, node, faults, cluster } = this.options;
    const count = (this.#served.get(request.socket) ?? 0) + 1;
    this.#served.set(request.socket, count);
    const isLast = count >= MAX_REQUESTS_PER_CONNECTION;
    try {
      const body = await takeBody(request, cluster.options.version);
      const call = { method: request.method ?? '', path: request.url ?? '', node: node.name, body };
      const answer = await faults.around(call, () => gateway.answer({ request, node, body }));
      if (answer === 'cut') request.socket.destroy();
      else await send(request, response, answer, isLast);
    } catch (error) {
      if (!response.headersSent) await send(request, response, refusal(error), isLast).catch(() => undefined);
    }
  }
}
