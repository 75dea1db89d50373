import { Inject, Injectable } from '@nestjs/common';
import type { AdminActor, AdminOutput } from '@dcm/contracts';
import { assertMayReadJournal } from '../admin/actor.policy';
import type { CallInput } from '../admin/ports';
import { DATABASE, type Database } from '../database/transaction.repository';
import { JournalRepository } from './journal.repository';

/** Gives readers the events that they missed. */
@Injectable()
export class JournalService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly journal: JournalRepository,
  ) {}

  /** @throws DcmError PERMISSION_DENIED. */
  async read(input: CallInput<'journal.read'>, actor: AdminActor): Promise<AdminOutput<'journal.read'>> {
    assertMayReadJournal(actor);
    return this.journal.read(this.database, input.afterPosition, input.limit);
  }
}
