import {
  claimSchema,
  exchanges,
  factMessages,
  platformSchema,
  queues,
  siteKeys,
  type Claim,
  type ClaimVerdict,
  type ConsoleCommand,
  type QuoteCommand,
  type Fact,
  type FactType,
  type MutationType,
  type ReadType,
  type StatusesCommand,
} from '@dcm/contracts';
import {
  connectBroker,
  dcmTopology,
  publishAll,
  rpc,
  siteTopology,
  toMessage,
  type Broker,
  type Delivery,
} from '@dcm/messaging';
import { createLog, newId } from '@dcm/runtime';
import { eventually } from '../src/testing/expectations';
import { referencePlatform } from '../src/testing/reference/reference-plan';

const log = createLog('test', 'silent');

type Told = { [T in FactType]: { type: T; id: string; data: Fact<T> } }[FactType];

/** What a test may say to a claim or a renewal; undefined is silence. */
export type Judge = (verb: 'claim' | 'renew', claim: Claim) => ClaimVerdict | undefined;

/** Judges as approvals does: an attempt belongs to the first worker that claims it, and only while it is the last one. */
export function strictJudge(): Judge {
  const attempts = new Map<string, { attempt: number; worker: string }>();
  return (_verb, { operationId, attempt, worker }) => {
    const last = attempts.get(operationId);
    if (last !== undefined && (last.attempt > attempt || (last.attempt === attempt && last.worker !== worker))) {
      return { verdict: 'drop', reason: `attempt ${last.attempt} of worker ${last.worker} is at work` };
    }
    attempts.set(operationId, { attempt, worker });
    return { verdict: 'go', leaseMs: 30_000 };
  };
}

/** Approvals, played by the test: it sends commands, answers claims and hears facts. */
export class Approvals {
  readonly facts: Told[] = [];
  readonly claims: Claim[] = [];
  judge: Judge = () => ({ verdict: 'go', leaseMs: 30_000 });

  private constructor(
    private readonly broker: Broker,
    private readonly site: string,
  ) {}

  static async open(url: string, site: string): Promise<Approvals> {
    const broker = await connectBroker(url, { name: 'approvals', log });
    await broker.assertTopology(dcmTopology());
    await broker.assertTopology(siteTopology(referencePlatform, site));
    const approvals = new Approvals(broker, site);
    await broker.consume({ queue: queues.control, prefetch: 50 }, (delivery) => {
      approvals.answer(delivery);
    });
    for (const queue of [queues.facts, queues.discovery]) {
      await broker.consume({ queue, prefetch: 50 }, (delivery) => {
        approvals.hear(delivery);
      });
    }
    return approvals;
  }

  /** Sends several looks in one command. */
  async looks(looks: StatusesCommand['looks']): Promise<void> {
    await this.command('io.dcm.command.statuses.v1', { requestId: newId(), site: this.site, looks });
  }

  /** Sends a command; resolves when the broker has it. @returns its message id. */
  async command(type: MutationType | ReadType, data: object, id: string = newId()): Promise<string> {
    const isRead = 'requestId' in data;
    const routingKey = (isRead ? siteKeys.reads : siteKeys.work)(referencePlatform, this.site);
    const message = toMessage({ exchange: exchanges.provisioning, routingKey, type, id, source: '/dcm/test', data });
    // In-process a confirm means that the command was carried out; that it is under way is enough here.
    if (this.broker.kind === 'in-process') await this.broker.publish([{ ...message, mandatory: true }]);
    else await publishAll(this.broker, [message]);
    return id;
  }

  /** Asks for a console, as approvals does. */
  console(command: ConsoleCommand): Promise<unknown> {
    const routingKey = siteKeys.reads(referencePlatform, this.site);
    const type = 'io.dcm.command.console.v1';
    return rpc(this.broker, { exchange: exchanges.provisioning, routingKey, type, data: command, timeoutMs: 5_000 });
  }

  /** Asks what a VM would be, as approvals does. */
  quote(command: QuoteCommand): Promise<unknown> {
    const routingKey = siteKeys.reads(referencePlatform, this.site);
    const type = 'io.dcm.command.quote.v1';
    return rpc(this.broker, { exchange: exchanges.provisioning, routingKey, type, data: command, timeoutMs: 5_000 });
  }

  of<T extends FactType>(type: T): Fact<T>[] {
    return this.facts.flatMap((fact) => (fact.type === type ? [fact.data as Fact<T>] : []));
  }

  /** Waits for a fact. @returns the first that fits. */
  async hears<T extends FactType>(type: T, fits: (fact: Fact<T>) => boolean = () => true): Promise<Fact<T>> {
    return this.find(() => this.of(type).find(fits), `${type} is heard`);
  }

  /** What ended this operation. */
  async end(operationId: string): Promise<Told> {
    const isEnd = ({ type, data }: Told): boolean =>
      /\.(succeeded|failed|yielded)\.v1$/.test(type) && 'operationId' in data && data.operationId === operationId;
    return this.find(() => this.facts.find(isEnd), `operation ${operationId} ends`);
  }

  /** Hears dead letters from now on. */
  async deadLetters(): Promise<Delivery[]> {
    const letters: Delivery[] = [];
    await this.broker.consume({ queue: queues.dead, prefetch: 50 }, (delivery) => {
      letters.push(delivery);
      delivery.ack();
    });
    return letters;
  }

  close(): Promise<void> {
    return this.broker.close();
  }

  private async find<T>(search: () => T | undefined, what: string): Promise<T> {
    let found: T | undefined;
    await eventually(() => Promise.resolve((found = search()) !== undefined), what);
    return found as T;
  }

  private answer(delivery: Delivery): void {
    const { message } = delivery;
    const { data } = JSON.parse(message.body.toString('utf8')) as { data: unknown };
    const claim = claimSchema.parse(data);
    if (claim.site !== this.site) {
      delivery.ack();
      return;
    }
    const verb = message.routingKey.endsWith('.claim') ? 'claim' : 'renew';
    if (verb === 'claim') this.claims.push(claim);
    const value = this.judge(verb, claim);
    delivery.ack();
    if (value === undefined) return;
    const body = Buffer.from(JSON.stringify({ ok: true, value }));
    void this.broker.reply(message, { type: 'io.dcm.reply.v1', contentType: 'application/json', body });
  }

  private hear(delivery: Delivery): void {
    const event = JSON.parse(delivery.message.body.toString('utf8')) as { id: string; type: FactType; data: unknown };
    const data = factMessages[event.type].parse(event.data);
    platformSchema.parse(data.platform);
    if (data.site === this.site) this.facts.push({ type: event.type, id: event.id, data } as Told);
    delivery.ack();
  }
}
