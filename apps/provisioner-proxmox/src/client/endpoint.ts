import type { Agent } from 'node:http';
import { createAgent, type TlsTrust } from '@dcm/connection';

/** One node's API, as configured. */
export interface EndpointOptions {
  /** Such as `https://pve1.example:8006`. */
  readonly url: URL;
  /** The cluster's name of the node that answers there. */
  readonly node: string;
  readonly tls: TlsTrust;
}

/** Limits of the connections to one node. */
export interface ConnectionLimits {
  readonly maxSockets: number;
  readonly connectTimeoutMs: number;
}

/**
 * pveproxy closes what is idle for five seconds, and a call sent at that moment is lost; none was lost in measurements with
 * three. Changes go on connections that answered within the last second: to open one for each costs more than the calls.
 */
const IDLE_MS = 1_000;
const FIRST_BACK_OFF_MS = 1_000;
const LONGEST_BACK_OFF_MS = 30_000;

/**
 * One node's API: its connections, and whether it answered of late.
 * @throws ConnectionOptionError when its address or its trust cannot be used
 */
export class Endpoint {
  readonly url: URL;
  readonly node: string;
  readonly pooled: Agent;
  /** For a read that was sent into a connection that the server was closing. */
  readonly fresh: Agent;
  private failures = 0;
  private retryAt = 0;

  constructor(
    { url, node, tls }: EndpointOptions,
    { maxSockets, connectTimeoutMs }: ConnectionLimits,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.url = url;
    this.node = node;
    this.pooled = createAgent(url, tls, { maxSockets, connectTimeoutMs, idleMs: IDLE_MS });
    this.fresh = createAgent(url, tls, { maxSockets, connectTimeoutMs, idleMs: 0 });
  }

  /** Whether it is to be asked before others. One who failed is given one try after each pause, not one by every caller. */
  isPromising(): boolean {
    if (this.failures === 0) return true;
    if (this.now() < this.retryAt) return false;
    this.retryAt = this.now() + this.backOffMs();
    return true;
  }

  /** Whether its last answer was one. */
  get isHealthy(): boolean {
    return this.failures === 0;
  }

  noteAnswer(): void {
    this.failures = 0;
  }

  noteFailure(): void {
    this.failures += 1;
    this.retryAt = this.now() + this.backOffMs();
  }

  /** Closes its connections, also those in use. */
  close(): void {
    this.pooled.destroy();
    this.fresh.destroy();
  }

  private backOffMs(): number {
    return Math.min(FIRST_BACK_OFF_MS * 2 ** (this.failures - 1), LONGEST_BACK_OFF_MS);
  }
}
