import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { DcmError, parseOrThrow, type AdminActor, type DeadLetter } from '@dcm/contracts';
import { publishAll, readDeadLetter, type Broker, type DcmTransport, type InboundMessage } from '@dcm/messaging';
import { newId } from '@dcm/runtime';
import { assertPlatformAdmin, notFound } from '../admin/actor.policy';
import type { CallInput } from '../admin/ports';
import { APPROVALS_CONFIG, BROKER, TRANSPORT, type ApprovalsConfig } from '../approvals.config';
import { DATABASE, type Database } from '../database/transaction.repository';
import { openBody, sealBody } from './body.mapper';
import { DeadLettersRepository, type LetterRow } from './dead-letters.repository';
import { digestOf, letterOf, messageOf, ownQueueOf, storable } from './letter.mapper';

const letterId = z.uuid();
const republishTimeoutMs = 5_000;

/** Keeps what could not be handled, shows it, and handles it again. */
@Injectable()
export class DeadLettersService {
  private readonly letters = new DeadLettersRepository();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(BROKER) private readonly broker: Broker,
    @Inject(TRANSPORT) private readonly transport: Pick<DcmTransport, 'redeliver'>,
    @Inject(APPROVALS_CONFIG) private readonly config: Pick<ApprovalsConfig, 'DCM_INSTALLATION_KEY'>,
  ) {}

  /** Files what stands in the dead queue: our own copies, what the broker gave up on, and what no queue wanted. */
  async file(message: InboundMessage): Promise<void> {
    const id = newId();
    const facts = storable(readDeadLetter(message));
    const sealedBody = sealBody(this.config.DCM_INSTALLATION_KEY, id, facts.body);
    await this.letters.file(this.database, { ...facts, id, digest: digestOf(facts), sealedBody });
  }

  /** @throws DcmError PERMISSION_DENIED. */
  async list(input: CallInput<'dead.list'>, actor: AdminActor): Promise<{ items: DeadLetter[] }> {
    assertPlatformAdmin(actor, 'list dead letters');
    if (input.before !== undefined) parseOrThrow(letterId, input.before, 'dead letter', '/before');
    const found = await this.letters.list(this.database, input.limit, input.before);
    return { items: found.map((row) => letterOf(row, this.bodyOf(row))) };
  }

  /**
   * Handles a letter again as its first publisher's. Ids make it safe to repeat.
   * @throws DcmError PERMISSION_DENIED; NOT_FOUND; whatever its handler says when it is still bad, and the letter stays.
   */
  async replay(input: CallInput<'dead.replay'>, actor: AdminActor): Promise<DeadLetter> {
    const what = `replay dead letter ${input.id}`;
    assertPlatformAdmin(actor, what);
    const { success: isId } = letterId.safeParse(input.id);
    const row = isId ? await this.letters.find(this.database, input.id) : undefined;
    if (row === undefined) throw notFound(what);
    const body = this.bodyOf(row);
    if (body === undefined) throw new DcmError('CONFLICT', `Unable to ${what}: it was kept under another key`);
    await this.handleAgain(row, body, what);
    return letterOf(await this.letters.markReplayed(this.database, row.id), body);
  }

  private async handleAgain(row: LetterRow, body: Buffer, what: string): Promise<void> {
    const queue = ownQueueOf(row);
    try {
      if (queue === undefined) await this.publishAgain(row, body, what);
      else await this.transport.redeliver(queue, messageOf(row, body));
    } catch (error) {
      if (error instanceof DcmError && error.code !== 'UNAVAILABLE') {
        await this.letters.markFailed(this.database, row.id, error.toBody());
      }
      throw error;
    }
  }

  /** Only what DCM published itself: under our name a stranger's message would be believed. */
  private async publishAgain(row: LetterRow, body: Buffer, what: string): Promise<void> {
    if (row.publisher !== this.broker.userId) {
      throw new DcmError('PERMISSION_DENIED', `Unable to ${what}: it is not for this process and DCM did not send it`);
    }
    const { exchange, routing_key: routingKey, type, message_id: id, content_type: contentType } = row;
    const message = { id: id ?? row.id, exchange, routingKey, type: type ?? '', body, mandatory: true };
    await publishAll(this.broker, [{ ...message, contentType: contentType ?? '' }], { timeoutMs: republishTimeoutMs });
  }

  private bodyOf(row: LetterRow): Buffer | undefined {
    return openBody(this.config.DCM_INSTALLATION_KEY, row.id, row.body);
  }
}
