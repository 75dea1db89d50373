import {
  adminRequestSchema,
  cloudEventSchema,
  DcmError,
  eventType,
  exchanges,
  journalPageType,
  queues,
  type AdminCallName,
  type Changed,
  type CloudEvent,
  type EventNoun,
  type Reply,
} from '@dcm/contracts';
import { connectBroker, dcmTopology, toMessage, type Broker, type Delivery, type EventDraft } from '@dcm/messaging';
import type { Log } from '@dcm/runtime';
import type { DocOf } from '../src/resources/resource';

type Doc = Readonly<Record<string, unknown>>;

/** A request as it was published. */
export interface PublishedRequest {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject?: string;
  readonly traceparent?: string;
  readonly dcmrequester?: string;
  readonly data: unknown;
}

type Answerer = (input: Doc, call: AdminCallName) => unknown;

/** The approvals side of a gateway under test: a journal in memory, its events, the admin calls, and the requests that came. */
export class FakeApprovals {
  readonly journal: Changed[] = [];
  readonly requests: PublishedRequest[] = [];
  readonly calls: { name: string; actor: unknown; input: Doc }[] = [];
  /** Called for each request that arrives; default: it waits. */
  onRequest: (request: PublishedRequest) => Promise<void> = () => Promise.resolve();
  private readonly answers = new Map<string, Answerer>();
  private readonly seqs = new Map<string, number>();

  private constructor(private readonly broker: Broker) {
    this.answer('journal.read', ({ afterPosition, limit }) => {
      const after = Number(afterPosition);
      return { rows: this.journal.slice(after, after + Number(limit)), head: this.journal.length };
    });
  }

  static async open(url: string, log: Log): Promise<FakeApprovals> {
    const broker = await connectBroker(url, { name: 'approvals', log });
    await broker.assertTopology(dcmTopology());
    const approvals = new FakeApprovals(broker);
    await broker.consume({ queue: queues.admin, prefetch: 10 }, (delivery) => void approvals.onCall(delivery));
    await broker.consume({ queue: queues.requests, prefetch: 500 }, (delivery) => void approvals.take(delivery));
    return approvals;
  }

  close(): Promise<void> {
    return this.broker.close();
  }

  /** How a call is answered: a value, or a DcmError that it throws. */
  answer(name: AdminCallName, answerer: Answerer): void {
    this.answers.set(name, answerer);
  }

  /** Writes a state into the journal without telling anybody. */
  write(noun: EventNoun, id: string, doc: Doc): Changed {
    const key = `${noun}/${id}`;
    const seq = (this.seqs.get(key) ?? 0) + 1;
    this.seqs.set(key, seq);
    const tenantId = noun === 'tenant' ? id : ((doc['tenantId'] as string | null | undefined) ?? null);
    const at = new Date().toISOString();
    const row = { noun, id, tenantId, seq, action: 'test', actor: 'test', at, doc: { ...doc, seq } };
    const change: Changed = { position: this.journal.length + 1, ...row };
    this.journal.push(change);
    return change;
  }

  /** Publishes rows of the journal as one page; once more is a duplicate. */
  async publish(...rows: readonly Changed[]): Promise<void> {
    const id = `${rows[0]?.position ?? ''}-${rows.at(-1)?.position ?? ''}`;
    await this.tell({ type: journalPageType, id, data: { rows } });
  }

  /** Publishes a row as the queue of an earlier version takes it. */
  publishEvent(row: Changed): Promise<void> {
    return this.tell({ type: eventType(row.noun), id: String(row.position), data: row });
  }

  private async tell(draft: Pick<EventDraft, 'type' | 'id' | 'data'>): Promise<void> {
    await this.broker.publish([
      toMessage({ ...draft, exchange: exchanges.journal, routingKey: 'page', source: '/dcm/approvals' }),
    ]);
  }

  async change<N extends EventNoun>(noun: N, id: string, doc: Omit<DocOf<N>, 'seq'>): Promise<Changed> {
    const change = this.write(noun, id, doc);
    await this.publish(change);
    return change;
  }

  private async take(delivery: Delivery): Promise<void> {
    const request = cloudEventSchema.parse(JSON.parse(delivery.message.body.toString('utf8'))) as PublishedRequest;
    this.requests.push(request);
    delivery.ack();
    await this.onRequest(request);
  }

  private async onCall(delivery: Delivery): Promise<void> {
    const { message } = delivery;
    const reply = this.replyTo(
      message.routingKey as AdminCallName,
      JSON.parse(message.body.toString('utf8')) as CloudEvent,
    );
    delivery.ack();
    const body = Buffer.from(JSON.stringify(reply));
    await this.broker.reply(message, { type: 'io.dcm.reply.v1', contentType: 'application/json', body });
  }

  private replyTo(name: AdminCallName, event: CloudEvent): Reply {
    const { actor, input } = adminRequestSchema.parse(event.data);
    if (name !== 'journal.read') this.calls.push({ name, actor, input: input as Doc });
    const answerer = this.answers.get(name);
    try {
      if (answerer === undefined) throw new DcmError('NOT_FOUND', `Unable to answer ${name}: the test did not say how`);
      return { ok: true, value: answerer(input as Doc, name) };
    } catch (error) {
      if (!(error instanceof DcmError)) throw error;
      return { ok: false, error: error.toBody() };
    }
  }
}
