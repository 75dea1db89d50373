import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Rules, type Rule, type RuleScope } from './rules';
import { TcpLink } from './tcp.link';
import { dropConnection, type Direction, type TcpFault } from './tcp.faults';

export interface TcpProxyOptions {
  /** Where the server listens: a URL with a port, or with a scheme whose port is known. */
  readonly target: URL | string;
  /** Where the proxy listens; default 127.0.0.1. */
  readonly host?: string;
}

const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'amqp:': 5672, 'amqps:': 5671 };

/** Stands before any server that speaks TCP and breaks connections in every way that networks do. */
export class TcpFaultProxy {
  /** Connections that were accepted so far. */
  connections = 0;
  /** Bytes that clients have sent, all connections together. */
  sentBytes = 0;
  /** Bytes that the server has sent. */
  receivedBytes = 0;
  private readonly faults = new Rules<TcpFault>();
  private readonly links = new Set<TcpLink>();
  private readonly counted = new Map<Rule<TcpFault>, number>();
  private server: Server | undefined;
  private port = 0;

  private constructor(
    private readonly target: URL,
    private readonly host: string,
  ) {}

  static async listen({ target, host = '127.0.0.1' }: TcpProxyOptions): Promise<TcpFaultProxy> {
    const proxy = new TcpFaultProxy(new URL(target), host);
    await proxy.open();
    return proxy;
  }

  /** The target's URL, by way of this proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = this.host;
    url.port = String(this.port);
    return url.href;
  }

  /** Rules in force, the outermost first. */
  get rules(): readonly Rule<TcpFault>[] {
    return this.faults.all;
  }

  add(fault: TcpFault, scope: Pick<RuleScope, 'times' | 'skip'> = {}): Rule<TcpFault> {
    return this.faults.add(fault, scope);
  }

  /** Removes every rule. */
  clear(): void {
    this.faults.clear();
  }

  /** Breaks every open connection without a word: `close` as when a process dies, `reset` as when a machine has forgotten it. */
  cut(how: 'close' | 'reset' = 'close'): void {
    for (const link of this.links) link.break(how);
  }

  /** Breaks every connection, and those that come, until the rule is removed. */
  shutOut(): Rule<TcpFault> {
    const rule = this.add(dropConnection());
    this.cut();
    return rule;
  }

  /** Of every open connection the peer is gone, and nobody is told: nothing arrives any more, in either direction. @returns how many */
  freeze(): number {
    const open = [...this.links].filter(({ isFrozen }) => !isFrozen);
    for (const link of open) link.isFrozen = true;
    return open.length;
  }

  /** Says something to every client in the server's name. */
  inject(bytes: Buffer): void {
    for (const link of this.links) link.client.write(bytes);
  }

  /** Nobody listens any more: connecting is refused; open connections live on. @returns what lets clients in again */
  refuseConnections(): () => Promise<void> {
    this.server?.close();
    this.server = undefined;
    return () => this.open();
  }

  /** Stops listening and cuts what is left. */
  async close(): Promise<void> {
    this.clear();
    const { server } = this;
    this.server = undefined;
    const closed = server === undefined ? undefined : once(server, 'close');
    server?.close();
    this.cut();
    await closed;
  }

  /** On the same port again, once it has one; whoever holds it meanwhile is waited for. */
  private async open(attempts = 50): Promise<void> {
    const server = createServer((client) => {
      this.accept(client).catch(() => client.destroy());
    });
    server.listen(this.port, this.host);
    try {
      await once(server, 'listening');
    } catch (error) {
      if (attempts <= 1) throw error;
      await sleep(100);
      return this.open(attempts - 1);
    }
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  private async accept(client: Socket): Promise<void> {
    this.connections += 1;
    const link = new TcpLink(client);
    this.links.add(link);
    client.once('close', () => this.links.delete(link));
    for (const rule of this.faults.all) {
      const { fault } = rule;
      if (fault.kind === 'cut' || !rule.take()) continue;
      if (!(await admits(fault, link))) return;
    }
    const { port, protocol, hostname } = this.target;
    link.connect({ port: port === '' ? (PORTS[protocol] ?? 0) : Number(port), host: hostname }, (direction, bytes) =>
      this.pass(direction, bytes),
    );
  }

  /** @returns how many of the bytes pass before the connection breaks; undefined: all, and it holds. */
  private pass(direction: Direction, bytes: number): number | undefined {
    if (direction === 'request') this.sentBytes += bytes;
    else this.receivedBytes += bytes;
    for (const rule of this.faults.all) {
      const { fault } = rule;
      if (fault.kind !== 'cut' || fault.of !== direction || rule.isSpent) continue;
      const before = this.counted.get(rule) ?? 0;
      const isOver = before + bytes >= fault.afterBytes;
      this.counted.set(rule, isOver ? 0 : before + bytes);
      if (isOver && rule.take()) return fault.afterBytes - before;
    }
    return undefined;
  }
}

/** @returns whether the server is to be connected. */
async function admits(fault: Exclude<TcpFault, { kind: 'cut' }>, link: TcpLink): Promise<boolean> {
  switch (fault.kind) {
    case 'mute':
      link.client.resume();
      return false;
    case 'drop':
      link.break('close');
      return false;
    case 'delay':
      await sleep(fault.ms);
      return true;
    case 'slow':
      link.pace = fault.pace;
      return true;
  }
}
