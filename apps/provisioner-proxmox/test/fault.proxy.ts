import {
  delayAnswer,
  dropAfter,
  hang,
  HttpFaultProxy,
  mute,
  restOperation,
  status,
  type HttpFault,
} from '../../../sims/faults/faults';
import type { Proxmox } from '../../../sims/proxmox/proxmox';

/** Calls that change something; tickets, for logins and for screens, are none. */
const CHANGES = /^(POST|PUT|DELETE) (?!.*\/(access\/ticket|vncproxy)$)/;
const CREATES = /^POST \/api2\/json\/nodes\/[^/]+\/qemu(\/\d+\/clone)?$/;
const KINDS = {
  power: /^POST .*\/status\/\w+$/,
  resize: /^(POST .*\/config|PUT .*\/resize)$/,
  delete: /^DELETE .*\/qemu\/\d+$/,
  snapshot: /^POST .*\/snapshot$/,
} as const;

/** What every answer takes on a slow site. */
const SLOW_MS = 100;

/** A plain HTTP proxy before a cluster's first node on which calls go wrong. Plain HTTP is what lets it read them. */
export class FaultProxy {
  private constructor(readonly http: HttpFaultProxy) {}

  static async listen({ url, ca }: Proxmox): Promise<FaultProxy> {
    return new FaultProxy(await HttpFaultProxy.listen({ target: url, operationOf: restOperation, upstream: { ca } }));
  }

  get url(): URL {
    return this.http.url;
  }

  /** Every call that reached the cluster, by method and path. */
  get calls(): readonly string[] {
    return this.http.reached;
  }

  /** How many calls that change something reached the cluster. */
  get mutations(): number {
    return this.calls.filter((operation) => CHANGES.test(operation)).length;
  }

  /** How many calls were answered by 401. */
  get refused(): number {
    return this.http.calls.filter((call) => call.status === 401).length;
  }

  count(operation: RegExp): number {
    return this.calls.filter((one) => operation.test(one)).length;
  }

  /** The next call of this kind takes effect, and its answer is lost with the connection. */
  loseAnswer(operation: RegExp = CREATES): void {
    this.http.add(dropAfter(), { operation, times: 1 });
  }

  /** The next change of this kind takes effect, and its answer is lost. */
  loseAnswerTo(kind: keyof typeof KINDS): void {
    this.loseAnswer(KINDS[kind]);
  }

  /** The next call that changes something waits on its way. */
  hold(): { arrived: Promise<void>; release: () => void } {
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const held = hang();
    const apply: HttpFault['apply'] = (call, next) => {
      arrive();
      return held.apply(call, next);
    };
    const rule = this.http.add({ ...held, name: 'hold', apply }, { operation: CHANGES, times: 1 });
    const release = (): void => {
      rule.remove();
    };
    return { arrived, release };
  }

  /** Nobody listens, and open connections are closed, until the returned function is called. */
  refuseConnections(): () => Promise<void> {
    const admit = this.http.connections.refuseConnections();
    this.http.connections.cut();
    return admit;
  }

  /** Connections stand and nothing answers on them, until the returned function is called and they break. */
  halfOpen(): () => void {
    const rule = this.http.connections.add(mute());
    this.http.connections.freeze();
    return () => {
      rule.remove();
      this.http.connections.cut();
    };
  }

  /** Every answer comes late until the returned function is called. */
  slow(): () => void {
    return this.until(delayAnswer(SLOW_MS));
  }

  /** Every call hangs until the returned function is called. */
  hang(): () => void {
    return this.until(hang());
  }

  /** Every call is answered with HTTP 503 until the returned function is called. */
  answerUnavailable(): () => void {
    return this.until(status(503, {}, 'busy'));
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private until(what: HttpFault): () => void {
    const rule = this.http.add(what);
    return () => {
      rule.remove();
    };
  }
}
