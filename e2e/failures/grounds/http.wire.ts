import { delayAnswer, dropAfter, hang, status, type HttpFaultProxy } from '../../../sims/faults/faults';
import { lateMs, lostAnswers, type Disturbance, type Wire } from './site.ground';

const faultOf = { hang: () => hang(), '503': () => status(503), slow: () => delayAnswer(lateMs) } as const;

/** The ways in to a hypervisor that speaks HTTP, all of which go wrong together. */
export class HttpWire implements Wire {
  private lost = 0;

  /** @param changes the operations that make, switch, change and remove VMs, as the proxies name them. */
  constructor(
    private readonly proxies: readonly HttpFaultProxy[],
    private readonly changes: readonly (string | RegExp)[],
  ) {}

  get troubled(): number {
    const calls = this.proxies.flatMap((proxy) => proxy.calls.filter(({ faults }) => faults.length > 0));
    return this.lost + calls.length;
  }

  loseAnswers(): void {
    for (const proxy of this.proxies) {
      for (const operation of this.changes) proxy.add(dropAfter(), { operation, times: lostAnswers });
    }
  }

  disturb(how: Disturbance): () => void {
    const rules = this.proxies.map((proxy) => proxy.add(faultOf[how]()));
    return () => {
      for (const rule of rules) rule.remove();
    };
  }

  loseConnections(): void {
    for (const { connections } of this.proxies) this.lost += connections.freeze();
  }

  mend(): void {
    for (const proxy of this.proxies) proxy.clear();
  }

  async close(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
  }
}
