import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { DcmError, parseOrThrow, type AdminActor, type DeadLetter } from '@dcm/contracts';
import { readDeadLetter, type Broker, type DcmTransport, type InboundMessage } from '@dcm/messaging';
import { newId } from '@dcm/runtime';
import { assertPlatformAdmin, notFound } from '../admin/actor.policy';
import type { CallInput } from '../admin/ports';
import { APPROVALS_CONFIG, BROKER, TRANSPORT, type ApprovalsConfig } from '../approvals.config';
import { ChangeService } from '../journal/change.service';
import { openBody, sealBody } from './body.mapper';
import { DeadLettersRepository } from './dead-letters.repository';
import { digestOf, letterOf, messageOf, outboxMessageOf, ownQueueOf, storable, type LetterRow } from './letter.mapper';

const letterId = z.uuid();

/** Keeps what could not be handled, shows it, and handles it again. */
@Injectable()
export class DeadLettersService {
  private readonly letters = new DeadLettersRepository();

  constructor(
    private readonly changes: ChangeService,
    @Inject(BROKER) private readonly broker: Broker,
    @Inject(TRANSPORT) private readonly transport: Pick<DcmTransport, 'redeliver'>,
    @Inject(APPROVALS_CONFIG) private readonly config: Pick<ApprovalsConfig, 'DCM_INSTALLATION_KEY'>,
  ) {}

  /** Files what stands in the dead queue: our own copies, what the broker gave up on, and what no queue wanted. */
  async file(message: InboundMessage): Promise<void> {
    const id = newId();
    const facts = storable(readDeadLetter(message));
    const sealedBody = sealBody(this.config.DCM_INSTALLATION_KEY, id, facts.body);
    const letter = { ...facts, id, digest: digestOf(facts), sealedBody };
    await this.changes.change((manager) => this.letters.file(manager, letter));
  }

  /** @throws DcmError PERMISSION_DENIED. */
  async list(input: CallInput<'dead.list'>, actor: AdminActor): Promise<{ items: DeadLetter[] }> {
    assertPlatformAdmin(actor, 'list dead letters');
    if (input.before !== undefined) parseOrThrow(letterId, input.before, 'dead letter', '/before');
    const found = await this.changes.change((manager) => this.letters.list(manager, input.limit, input.before));
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
    const row = isId ? await this.changes.change((manager) => this.letters.find(manager, input.id)) : undefined;
    if (row === undefined) throw notFound(what);
    const body = this.bodyOf(row);
    if (body === undefined) throw new DcmError('CONFLICT', `Unable to ${what}: it was kept under another key`);
    const queue = ownQueueOf(row);
    if (queue === undefined) return this.sendAgain(row, body, what);
    await this.handleAgain(row, body, queue);
    return letterOf(await this.changes.change((manager) => this.letters.markReplayed(manager, row.id)), body);
  }

  private async handleAgain(row: LetterRow, body: Buffer, queue: string): Promise<void> {
    try {
      await this.transport.redeliver(queue, messageOf(row, body));
    } catch (error) {
      if (error instanceof DcmError && error.code !== 'UNAVAILABLE') {
        await this.changes.change((manager) => this.letters.markFailed(manager, row.id, error.toBody()));
      }
      throw error;
    }
  }

  /** To another process, and only what DCM published itself: under our name a stranger's message would be believed. */
  private sendAgain(row: LetterRow, body: Buffer, what: string): Promise<DeadLetter> {
    if (row.publisher !== this.broker.userId) {
      throw new DcmError('PERMISSION_DENIED', `Unable to ${what}: it is not for this process and DCM did not send it`);
    }
    return this.changes.change(async (manager, { send }) => {
      send(outboxMessageOf(row, body));
      return letterOf(await this.letters.markReplayed(manager, row.id), body);
    });
  }

  private bodyOf(row: LetterRow): Buffer | undefined {
    return openBody(this.config.DCM_INSTALLATION_KEY, row.id, row.body);
  }
}
