import {
  alterAnswer,
  delayAnswer,
  dropAfter,
  hang,
  HttpFaultProxy,
  mute,
  reply,
  soapOperation,
  status,
  type HttpFault,
} from '../../../sims/faults/faults';
import type { VcsimTarget } from '../../../sims/vcsim/vcsim';
import { answer, fault } from './soap.fault';

/** Calls that change something in a vCenter. */
const CHANGES = /_Task$|^(CreateFolder|ShutdownGuest|RebootGuest|StandbyGuest|MarkAs\w+|UnregisterVM)$/;
const CREATES = /^(CloneVM|CreateVM)_Task$/;
const KINDS = {
  power: /^(PowerOnVM|PowerOffVM|SuspendVM|ResetVM)_Task$|^(ShutdownGuest|RebootGuest)$/,
  resize: /^ReconfigVM_Task$/,
  delete: /^Destroy_Task$/,
  snapshot: /Snapshot_Task$/,
} as const;

/** What every answer takes on a slow site. */
const SLOW_MS = 100;
const VM_OBJECT = /<obj(?: [^>]*)? type="VirtualMachine"[^>]*>([^<]+)</;

/** A plain HTTP proxy before a vCenter on which calls go wrong. Plain HTTP is what lets it read them. */
export class FaultProxy {
  private readonly expired = new Set<string>();
  private readonly live = new Set<string>();

  private constructor(readonly http: HttpFaultProxy) {
    http.add(this.sessions());
  }

  static async listen({ url, ca, pin }: VcsimTarget): Promise<FaultProxy> {
    const trust = pin === undefined ? undefined : ('unverified' as const);
    const upstream = ca === undefined ? trust : { ca };
    const options = { target: url, operationOf: soapOperation, ...(upstream !== undefined && { upstream }) };
    return new FaultProxy(await HttpFaultProxy.listen(options));
  }

  get url(): URL {
    return this.http.url;
  }

  /** Every call that reached the vCenter, by its operation. */
  get calls(): readonly string[] {
    return this.http.reached;
  }

  /** How many calls that change something reached the vCenter. */
  get mutations(): number {
    return this.calls.filter((operation) => CHANGES.test(operation)).length;
  }

  count(operation: string): number {
    return this.calls.filter((one) => one === operation).length;
  }

  /** The next call of this name takes effect, and its answer is lost with the connection. */
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

  /** The account sees no VM any more, as a vCenter shows that: privileges are gone, searches find nothing, references lead nowhere. */
  hideVms(): () => void {
    const unseen = reply('unseen', ({ operation, body }) => {
      const text = body.toString('utf8');
      const vm = operation === 'RetrievePropertiesEx' ? VM_OBJECT.exec(text)?.[1] : undefined;
      if (vm === undefined) return undefined;
      if (text.includes('<reportMissingObjectsInResults>true<')) return answer('RetrievePropertiesEx');
      return fault('ManagedObjectNotFound', `<obj type="VirtualMachine">${vm}</obj>`);
    });
    const blind = alterAnswer((operation, text) => {
      if (operation === 'HasPrivilegeOnEntities') return text.replace(/>true</g, '>false<');
      if (/^Find(All)?By/.test(operation)) return text.replace(/<returnval.*?<\/returnval>/gs, '');
      return text.replace(
        /<ManagedObjectReference[^>]* type="VirtualMachine"[^>]*>[^<]*<\/ManagedObjectReference>/g,
        '',
      );
    });
    const restores = [this.until(unseen), this.until(blind)];
    return () => {
      for (const restore of restores) restore();
    };
  }

  /** The next call of this name is refused with a vim25 fault, and does not reach the vCenter. */
  refuse(operation: string, type: string, fields = ''): void {
    this.http.add(
      reply(type, () => fault(type, fields)),
      { operation, times: 1 },
    );
  }

  /** Changes every answer until the returned function is called. */
  rewriteAnswers(rewrite: (operation: string, answer: string) => string): () => void {
    return this.until(alterAnswer(rewrite));
  }

  /** Every session so far is over. */
  expireSessions(): void {
    for (const cookie of this.live) this.expired.add(cookie);
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

  /** Knows the sessions that were given, and sends those that are over as the cookie of none. */
  private sessions(): HttpFault {
    return {
      name: 'sessions',
      apply: async ({ headers }, next) => {
        const { cookie } = headers;
        const isOver = typeof cookie === 'string' && this.expired.has(cookie);
        const answer = await next(isOver ? { headers: { ...headers, cookie: 'vmware_soap_session=expired' } } : {});
        for (const given of answer.headers['set-cookie'] ?? []) this.live.add(given.split(';')[0] ?? '');
        return answer;
      },
    };
  }
}
